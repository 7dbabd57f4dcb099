//! What a lint is, and everything here that is not one.
//!
//! Must not know any lint. Reading order: this file, [`level`], [`run`], [`context`] (what a lint
//! may ask), [`report`] (how it answers), then what lints share: [`inventory`], [`suggest`],
//! [`mismatch`], [`written`], [`access`], [`prefix`], [`words`].

pub(crate) mod access;
mod context;
mod inventory;
mod level;
pub(crate) mod mismatch;
pub(crate) mod prefix;
mod report;
mod run;
mod suggest;
pub(crate) mod words;
mod written;

pub(crate) use context::Context;
pub use level::{Level, Levels, UnknownLint};
pub(crate) use report::Report;
pub use run::{Input, run};

use ztc_policy::model::{Rule, RuleId};

/// One thing that ztc looks for.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// For machines; the hundreds are the group. People use the name.
    pub code: u32,
    /// Kebab case; reads well after "allow".
    pub name: &'static str,
    /// What the default level comes from.
    pub group: Group,
    /// The manual page, in Markdown.
    pub doc: &'static str,
    /// Whether it compares with workloads, and so has nothing to say of an input without any.
    pub needs_workloads: bool,
    pub(crate) scope: Scope,
}

impl Lint {
    /// The page's first paragraph, on one line.
    pub fn summary(&self) -> String {
        let paragraph = self.doc.split("\n\n").nth(1).unwrap_or_default();
        paragraph.replace('\n', " ").trim().into()
    }
}

/// The least a lint must see.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    /// One rule, of a policy that is checked.
    Rule(fn(&Context<'_>, RuleId, &Rule, &mut Report)),
    /// Everything; it asks itself what is checked.
    Run(fn(&Context<'_>, &mut Report)),
}

/// Lints of one sort.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Group {
    /// The policy probably does not mean what it says.
    Suspicious,
    /// More is open than most people want.
    Exposure,
    /// Removing it changes nothing.
    Redundancy,
}

impl Group {
    /// Every group.
    pub const ALL: [Group; 3] = [Self::Suspicious, Self::Exposure, Self::Redundancy];

    /// Lower case, as settings name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspicious => "suspicious",
            Self::Exposure => "exposure",
            Self::Redundancy => "redundancy",
        }
    }

    /// The level of its lints where no setting says otherwise.
    pub fn default_level(self) -> Level {
        match self {
            Self::Suspicious | Self::Exposure | Self::Redundancy => Level::Warn,
        }
    }

    /// The hundreds of its lints' numbers.
    pub fn hundred(self) -> u32 {
        match self {
            Self::Suspicious => 3,
            Self::Exposure => 4,
            Self::Redundancy => 5,
        }
    }
}
