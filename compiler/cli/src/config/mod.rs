//! `ztc.toml` and the flags beside it: the options of a run.
//!
//! Must not know what an option does to a policy. `docs/ztc-toml.md` lists every key.

mod errors;
mod find;
mod keys;
mod value;

use std::path::{Path, PathBuf};

use ztc_diag::{Sink, Sources, Span, Spanned, render};
use ztc_policy::AnalyseOptions;

pub(crate) use self::{
    errors::ERRORS,
    find::{ConfigFile, NAME},
};
use self::{
    keys::{KEYS, Key},
    value::Value,
};
use crate::{
    args::{ColourChoice, OptionArgs},
    exit::Failure,
    nearest::nearest,
    output,
};

/// The options of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// What changes the meaning of policies.
    pub(crate) analyse: AnalyseOptions,
    /// Files with the addresses of names and groups.
    pub(crate) resolution: Vec<PathBuf>,
    /// Selections of what routes should not lead to.
    pub(crate) sensitive: Vec<String>,
}

/// The options that the files and flags of a run about these paths ask for. What is wrong with
/// them has been said when there are none.
pub(crate) fn settings(
    args: &OptionArgs,
    paths: &[PathBuf],
    color: ColourChoice,
) -> Result<Settings, Failure> {
    for other in find::passed_over(args, paths) {
        let other = other.display();
        output::say(&format!(
            "{other} is not read, as it is not in the working directory or above it: --config \
             {other}"
        ));
    }
    settings_of(args, find::find(args)?, color)
}

/// The same with the nearest file of a directory, in it or above it.
pub(crate) fn settings_near(
    args: &OptionArgs,
    directory: &Path,
    color: ColourChoice,
) -> Result<Settings, Failure> {
    settings_of(args, find::near(args, directory)?, color)
}

/// The same with a file that is not on the disk, unless the flags name another one.
pub(crate) fn settings_with(
    args: &OptionArgs,
    file: Option<ConfigFile>,
    color: ColourChoice,
) -> Result<Settings, Failure> {
    let is_wanted = !args.no_config && args.config.is_none();
    let file = if is_wanted { file } else { find::find(args)? };
    settings_of(args, file, color)
}

fn settings_of(
    args: &OptionArgs,
    file: Option<ConfigFile>,
    color: ColourChoice,
) -> Result<Settings, Failure> {
    let mut draft = Draft::default();
    let mut sources = Sources::new();
    if let Some(file) = file {
        output::say(&format!("options from {}", file.name));
        let id = sources.add(file.name.clone(), file.name, file.text.clone());
        draft.directory = file.directory;
        let entries = value::of_file(id, &file.text, &mut draft.sink);
        draft.apply_all(&entries);
    }
    draft.directory = PathBuf::new();
    for option in &args.option {
        let name = String::from("--option");
        let id = sources.add(name.clone(), name, option.clone());
        let entry = value::of_flag(id, option, &mut draft.sink);
        draft.apply_all(entry.as_slice());
    }
    for list in &args.allow_degraded {
        let name = String::from("--allow-degraded");
        let id = sources.add(name.clone(), name, list.clone());
        let words = Value::Text(list.clone()).words(Span {
            source: id,
            start: 0,
            end: u32::try_from(list.len()).unwrap_or(u32::MAX),
        });
        draft.add_words(keys::allow_degraded, words);
    }
    let Draft {
        mut settings, sink, ..
    } = draft;
    settings.resolution.extend(args.resolution.iter().cloned());
    let found = sink.into_sorted();
    if found.is_empty() {
        return Ok(settings);
    }
    let (mut err, colour) = output::err(color);
    render::text(&mut err, &sources, &found, colour)?;
    Err(Failure::Said)
}

/// A key and its value, as written.
#[derive(Debug)]
struct Entry {
    key: Spanned<String>,
    value: Spanned<Value>,
}

/// Settings in the making.
#[derive(Default)]
struct Draft {
    settings: Settings,
    /// What paths are relative to.
    directory: PathBuf,
    sink: Sink,
}

/// Takes one word of a list in; says what it is not when it is none.
type AddWord = fn(&mut Draft, &str) -> Result<(), keys::Wrong>;

impl Draft {
    fn apply_all(&mut self, entries: &[Entry]) {
        for entry in entries {
            match KEYS.iter().find(|key| key.name == entry.key.value) {
                Some(key) => self.apply(key, &entry.value),
                None => {
                    let near = nearest(&entry.key.value, KEYS.iter().map(|key| key.name));
                    self.sink.push(errors::unknown_option(&entry.key, near));
                }
            }
        }
    }

    fn apply(&mut self, key: &Key, value: &Spanned<Value>) {
        if let Err(wrong) = key.apply(self, value) {
            self.sink
                .push(errors::bad_option(key.name, value.span, wrong));
        }
    }

    /// Takes in every word of a list, and says what is wrong with each of the others.
    fn add_words(&mut self, add: AddWord, words: Vec<Spanned<String>>) {
        for word in words {
            if let Err(wrong) = add(self, &word.value) {
                self.sink.push(errors::bad_word(word.span, wrong));
            }
        }
    }

    fn below(&self, path: &str) -> PathBuf {
        self.directory.join(Path::new(path))
    }
}

#[cfg(test)]
mod tests;
