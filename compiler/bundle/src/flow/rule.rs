//! Rules as an answer shows them.
//!
//! Must not know which rules belong to which verdict.

use serde::Serialize;

use crate::{RuleRef, Tier};

/// How a rule has to do with a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It allows or denies.
    Decided,
    /// It isolates the subject, and nothing allows the access.
    Isolates,
    /// It came nearest to allowing what nothing allows.
    Nearest,
    /// It matches, and leaves the access to the next tier.
    Passed,
}

/// A rule and where it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Rule<'a> {
    /// How it has to do with the verdict.
    pub role: Role,
    /// `allow`, `deny` or `pass`.
    pub action: &'static str,
    /// Its policy.
    pub policy: Policy<'a>,
    /// `admin` or `baseline`; absent for the kinds in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<&'static str>,
    /// Whether its policy is audited, not enforced; absent when it is enforced.
    #[serde(skip_serializing_if = "is_false")]
    pub audited: bool,
    /// The file, as the bundle stores it.
    pub file: &'a str,
    /// The line where it starts, from 1.
    pub line: u32,
    /// The column where it starts, in characters from 1.
    pub column: u32,
    /// The line where it ends.
    pub end_line: u32,
    /// One past the column where it ends.
    pub end_column: u32,
    /// Its place in the policy, such as `spec.ingress[0]`.
    pub path: &'a str,
    /// What it says, in short.
    pub summary: &'a str,
    /// The text that the policy gives for logs; absent for none.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub log: &'a str,
}

/// A policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Policy<'a> {
    /// The kind, in full.
    pub kind: &'a str,
    /// Absent for a clusterwide policy.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

impl<'a> Rule<'a> {
    /// A rule of a bundle in a role.
    pub fn new(role: Role, found: &RuleRef<'a>) -> Self {
        Self {
            role,
            action: found.action.name(),
            policy: Policy {
                kind: found.kind,
                namespace: found.namespace,
                name: found.name,
            },
            tier: (found.tier != Tier::Normal).then(|| found.tier.name()),
            audited: found.audited,
            file: found.file,
            line: found.line,
            column: found.column,
            end_line: found.end_line,
            end_column: found.end_column,
            path: found.path,
            summary: found.summary,
            log: found.log,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives every field by reference"
)]
fn is_false(value: &bool) -> bool {
    !*value
}
