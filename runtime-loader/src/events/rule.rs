//! A rule as it is shown: where it is written and what it says.
//!
//! Must not know what the rule did.

use std::fmt;

use serde::Serialize;
use ztc_bundle::RuleRef;

/// A rule and where it is written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Its number in the bundle.
    pub number: u32,
    /// The kind of its policy.
    pub kind: String,
    /// The policy's namespace, empty for a clusterwide one.
    pub namespace: String,
    /// The policy's name.
    pub policy: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// Its place in the policy.
    pub path: String,
    /// What it says.
    pub summary: String,
    /// The text that its policy gives for logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

impl RuleView {
    /// The policy and the place in it, such as `shop/web spec.ingress[0]`.
    pub fn place(&self) -> String {
        format!("{} {}", self.policy_name(), self.path)
    }

    /// Everything in one phrase: kind, policy, place in it, file, line and column.
    pub fn in_full(&self) -> String {
        let Self {
            kind,
            file,
            line,
            column,
            ..
        } = self;
        let (place, log) = (self.place(), self.log_text());
        format!("{kind} {place} at {file}:{line}:{column}{log}")
    }

    fn policy_name(&self) -> String {
        match self.namespace.as_str() {
            "" => self.policy.clone(),
            namespace => format!("{namespace}/{}", self.policy),
        }
    }

    fn log_text(&self) -> String {
        self.log
            .as_ref()
            .map_or_else(String::new, |log| format!(" [{log}]"))
    }
}

impl From<RuleRef<'_>> for RuleView {
    fn from(rule: RuleRef<'_>) -> Self {
        Self {
            number: rule.number,
            kind: rule.kind.into(),
            namespace: rule.namespace.into(),
            policy: rule.name.into(),
            file: rule.file.into(),
            line: rule.line,
            column: rule.column,
            path: rule.path.into(),
            summary: rule.summary.into(),
            log: (!rule.log.is_empty()).then(|| rule.log.into()),
        }
    }
}

/// `file:line:column`, then the policy, and what it says for logs.
impl fmt::Display for RuleView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            kind,
            ..
        } = self;
        let (policy, log) = (self.policy_name(), self.log_text());
        write!(f, "{file}:{line}:{column} {kind} {policy}{log}")
    }
}
