//! Files of a git revision, read with `git` and never checked out.
//!
//! Must not know what the files hold, and writes nothing.

mod objects;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

pub(super) use self::objects::Objects;
use super::tree::{Lost, below};
use crate::{inputs::printable, nearest::nearest};

/// A repository, seen from one of its directories.
pub(super) struct Repository {
    directory: PathBuf,
    /// That directory, below the top of the repository; empty at the top. Names of files are
    /// bytes to git.
    prefix: Vec<u8>,
}

/// What git cannot give.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum NotRead {
    #[error("cannot run `git`: {reason}")]
    #[diagnostic(help("a revision is read with git; directories and bundles need none"))]
    NoGit { reason: io::Error },

    #[error("`{directory}` is in no git repository: {reason}")]
    #[diagnostic(help("name the directory of one with --dir, or give directories or bundles"))]
    NoRepository { directory: String, reason: String },

    #[error("git does not read the repository of `{directory}`: {reason}")]
    #[diagnostic(help("{help}"))]
    Refused {
        directory: String,
        reason: String,
        help: String,
    },

    #[error("`{text}` is no file, no directory, and no revision of this repository")]
    #[diagnostic(help("{help}"))]
    NoRevision { text: String, help: String },

    #[error("there is no `{path}` in revision `{revision}`")]
    #[diagnostic(help("{help}"))]
    NoPath {
        path: String,
        revision: String,
        help: String,
    },

    #[error("`{path}` of revision `{revision}` {lost}")]
    #[diagnostic(help("of a revision, only what the repository itself holds can be read"))]
    Lost {
        path: String,
        revision: String,
        lost: Lost,
    },

    #[error("git failed: {reason}")]
    #[diagnostic(help("`git fsck` says whether the repository is whole"))]
    Failed { reason: String },
}

impl NotRead {
    /// There is nothing at a path, which may have been called otherwise.
    pub(super) fn no_path(path: &str, revision: &str, before: Option<&str>) -> Self {
        let help = match before {
            Some(before) => format!("it was called `{before}` there: write `{revision}:{before}`"),
            None => "write REVISION:PATH, the path from the top of the repository".into(),
        };
        Self::NoPath {
            path: path.into(),
            revision: revision.into(),
            help,
        }
    }
}

impl Repository {
    /// The repository that a directory is in.
    pub(super) fn of(directory: &Path) -> Result<Self, NotRead> {
        let mut all = Self {
            directory: directory.into(),
            prefix: Vec::new(),
        };
        let output = all.run(&["rev-parse", "--show-prefix"])?;
        if !output.status.success() {
            return Err(no_repository(directory, &output));
        }
        let prefix = output.stdout;
        let prefix = prefix.strip_suffix(b"\n").unwrap_or(&prefix);
        all.prefix = prefix.strip_suffix(b"/").unwrap_or(prefix).into();
        Ok(all)
    }

    /// The commit that a revision means, if it is one.
    pub(super) fn commit(&self, revision: &str) -> Result<Option<String>, NotRead> {
        self.object(&format!("{revision}^{{commit}}"))
    }

    /// What to say of a text that is no revision.
    pub(super) fn unknown(&self, text: &str) -> NotRead {
        let arguments = ["for-each-ref", "--format=%(refname:short)"];
        let names = self.run(&arguments).map(|output| output.stdout);
        let names = String::from_utf8_lossy(&names.unwrap_or_default()).into_owned();
        let help = match nearest(text, names.lines()) {
            _ if text.starts_with(':') => {
                "the name of a revision stands before the colon: `HEAD:deploy/policies`".into()
            }
            _ if let Some((old, new)) = text.split_once("..") => match new.strip_prefix('.') {
                None => format!("a range is its two ends: `ztc diff {old} {new}`"),
                Some(new) => format!(
                    "what `{new}` changed since it left `{old}`: `ztc diff $(git merge-base {old} \
                     {new}) {new}`"
                ),
            },
            Some(near) => format!("did you mean `{near}`?"),
            None => "a shallow clone has few revisions: in CI, fetch the one to compare with (of \
                     GitHub's checkout, `fetch-depth: 0` has all)"
                .into(),
        };
        let text = text.into();
        NotRead::NoRevision { text, help }
    }

    /// A path from the top of the repository: as given, or from this directory if it begins with a
    /// dot. `None` outside of the repository.
    pub(super) fn path(&self, text: &str) -> Option<Vec<u8>> {
        let is_relative = text == "." || text.starts_with("./") || text.starts_with("..");
        let text = text.as_bytes();
        if is_relative {
            normal(&below(&self.prefix, text))
        } else {
            normal(text)
        }
    }

    /// This directory from the top.
    pub(super) fn own_path(&self) -> &[u8] {
        &self.prefix
    }

    /// A path of the disk from the top of the repository; `None` outside of it.
    pub(super) fn path_on_disk(&self, path: &Path) -> Option<Vec<u8>> {
        let file = path.is_file().then(|| path.file_name()).flatten();
        let parent = path.parent().filter(|_| file.is_some()).unwrap_or(path);
        let here = Path::new(".");
        let directory = if parent == Path::new("") {
            here
        } else {
            parent
        };
        let there = Self::of(directory).ok()?;
        if there.top()? != self.top()? {
            return None;
        }
        Some(match file {
            Some(file) => below(&there.prefix, file.as_encoded_bytes()),
            None => there.prefix,
        })
    }

    /// What a path was called in a commit, as far as git can tell from what the files say.
    pub(super) fn name_in(&self, commit: &str, path: &[u8]) -> Option<String> {
        let arguments = [
            // It would write to the index what it finds out about times of files.
            "-c",
            "diff.autoRefreshIndex=false",
            "diff",
            "--no-ext-diff",
            "--no-relative",
            "--find-renames",
            "--diff-filter=R",
            "--name-status",
            "-z",
            commit,
            "--",
        ];
        let output = self.run(&arguments).ok()?;
        let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
        let mut names: BTreeMap<&[u8], usize> = BTreeMap::new();
        for fields in fields.chunks_exact(3) {
            let &[_, old, new] = fields else { continue };
            let Some(rest) = new.strip_prefix(path) else {
                continue;
            };
            // Of a file the whole name, of a directory what stands before the rest.
            let old = old.strip_suffix(rest).filter(|_| is_whole(rest));
            *names.entry(old.unwrap_or_default()).or_default() += 1;
        }
        names.remove(&b""[..]);
        let most = names.into_iter().max_by_key(|(_, n)| *n);
        most.map(|(name, _)| printable(name))
    }

    fn top(&self) -> Option<Vec<u8>> {
        let output = self.run(&["rev-parse", "--show-toplevel"]).ok()?;
        output.status.success().then_some(output.stdout)
    }

    /// The id of an object, if there is one of this name.
    fn object(&self, name: &str) -> Result<Option<String>, NotRead> {
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
        let output = self.run(&arguments)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let id = text.lines().next_back().map(str::to_owned);
        Ok(id.filter(|_| output.status.success()))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, NotRead> {
        let mut command = self.command(arguments);
        command.output().map_err(|reason| NotRead::NoGit { reason })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.directory).args(arguments);
        // Git may refresh its index or ask for a password, and neither is wanted here.
        command.env("GIT_OPTIONAL_LOCKS", "0");
        command.env("GIT_TERMINAL_PROMPT", "0");
        // Some of what it says is read here, and all of it is shown among English sentences.
        command.env("LC_ALL", "C");
        command.stdin(Stdio::null());
        command
    }
}

/// Why there is no repository, or none that git reads.
fn no_repository(directory: &Path, output: &Output) -> NotRead {
    let (directory, reason) = (directory.display().to_string(), complaint(output));
    if reason.starts_with("not a git repository") {
        return NotRead::NoRepository { directory, reason };
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines().map(str::trim);
    // Of a directory that is another user's, git says what to do.
    let advice = lines.find(|line| line.starts_with("git config") && line.contains("safe."));
    let help = match advice {
        Some(advice) => format!("if you trust whoever owns it: `{advice}`"),
        None => format!("`git -C {directory} status` says more"),
    };
    NotRead::Refused {
        directory,
        reason,
        help,
    }
}

/// What git said was wrong, on one line.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or("it does not say why").trim();
    line.strip_prefix("fatal: ").unwrap_or(line).into()
}

/// Whether what follows a path follows a whole one.
fn is_whole(rest: &[u8]) -> bool {
    rest.is_empty() || rest.starts_with(b"/")
}

/// A path without `.` and `..`; `None` when it leads out.
fn normal(path: &[u8]) -> Option<Vec<u8>> {
    if path.starts_with(b"/") {
        return None;
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join(&b'/'))
}
