//! How loud a lint is: the group's default, overridden by settings; and which setting it was.
//!
//! The order of settings does not matter: the narrower wins, then the stricter.

use std::{collections::BTreeMap, error::Error, fmt};

use super::{Group, Lint};
use crate::LINTS;

/// What becomes of what a lint finds. Ordered: a stricter level is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Nothing: it does not even run.
    Allow,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

impl Level {
    /// As a setting has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// In settings, every lint that warns by default.
const WARNINGS: &str = "warnings";

/// How many lints a setting is about. Ordered: a narrower one is greater, and wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Breadth {
    Warnings,
    Group,
    Lint,
}

/// The levels of a run.
#[derive(Clone, Default, Debug)]
pub struct Levels {
    /// For each lint by name, the setting that wins.
    settings: BTreeMap<&'static str, (Breadth, Level, &'static str)>,
}

impl Levels {
    /// Every lint at its group's default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the level of a lint, of a group, or of `warnings`.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), UnknownLint> {
        let mut is_known = false;
        for lint in LINTS {
            let warns = lint.group.default_level() == Level::Warn;
            let (breadth, named) = if name == lint.name {
                (Breadth::Lint, lint.name)
            } else if name == lint.group.name() {
                (Breadth::Group, lint.group.name())
            } else if name == WARNINGS && warns {
                (Breadth::Warnings, WARNINGS)
            } else {
                continue;
            };
            is_known = true;
            let setting = (breadth, level, named);
            let winner = self.settings.entry(lint.name).or_insert(setting);
            *winner = setting.max(*winner);
        }
        if is_known {
            Ok(())
        } else {
            Err(UnknownLint::new(name))
        }
    }

    /// The level of a lint.
    pub fn of(&self, lint: &Lint) -> Level {
        let setting = self.settings.get(lint.name);
        setting.map_or(lint.group.default_level(), |(_, level, _)| *level)
    }

    /// The setting that gave a lint its level, as a flag; `None` where the default holds.
    pub fn setting(&self, lint: &Lint) -> Option<String> {
        let (_, level, name) = self.settings.get(lint.name)?;
        Some(format!("--{} {name}", level.name()))
    }
}

/// No lint and no group has this name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownLint {
    /// The name.
    pub name: String,
    /// The most similar one that exists.
    pub nearest: Option<&'static str>,
}

impl UnknownLint {
    fn new(name: &str) -> Self {
        let groups = Group::ALL.iter().map(|group| group.name());
        let nearest = LINTS
            .iter()
            .map(|lint| lint.name)
            .chain(groups)
            .chain([WARNINGS])
            .map(|known| (strsim::osa_distance(name, known), known))
            .filter(|(distance, known)| *distance <= known.len() / 3)
            .min();
        Self {
            name: name.into(),
            nearest: nearest.map(|(_, known)| known),
        }
    }
}

impl fmt::Display for UnknownLint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no lint called `{}`", self.name)
    }
}

impl Error for UnknownLint {}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers() -> &'static Lint {
        crate::lint("unmatched-peers").expect("a lint")
    }

    #[test]
    fn a_lint_beats_its_group_beats_warnings_in_any_order_and_the_stricter_wins() {
        let mut settings = [
            ("unmatched-peers", Level::Warn),
            ("suspicious", Level::Allow),
            ("unmatched-peers", Level::Allow),
            ("warnings", Level::Deny),
        ];
        for _ in 0..settings.len() {
            settings.rotate_left(1);
            let mut levels = Levels::new();
            for (name, level) in settings {
                levels.set(name, level).expect("a name that exists");
            }
            assert_eq!(levels.of(peers()), Level::Warn);
            assert_eq!(
                levels.setting(peers()).as_deref(),
                Some("--warn unmatched-peers")
            );
            let subjects = crate::lint("unmatched-subjects").expect("a lint");
            assert_eq!(levels.of(subjects), Level::Allow);
            let shadowed = crate::lint("shadowed-by-deny").expect("a lint");
            assert_eq!(levels.of(shadowed), Level::Deny);
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest_one() {
        let mut levels = Levels::new();
        let unknown = levels
            .set("unmatched-peer", Level::Deny)
            .expect_err("no such lint");
        assert_eq!(unknown.nearest, Some("unmatched-peers"));
        assert_eq!(
            levels
                .set("x", Level::Deny)
                .expect_err("no such lint")
                .nearest,
            None
        );
        assert_eq!(levels.of(peers()), Level::Warn);
        assert_eq!(levels.setting(peers()), None);
    }
}
