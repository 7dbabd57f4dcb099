//! Numbers back to words: which rule of which policy, in which file and line, said so.

use std::fmt;

use ztc_abi::{Action, Direction, Verdict};

use crate::{Bundle, PolicyRecord};

/// A rule with everything that people want to know of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RuleRef<'a> {
    /// Its number in verdicts, counters and events, from 1.
    pub number: u32,
    /// Kind of its policy, in full.
    pub kind: &'a str,
    /// Namespace of its policy; empty for a clusterwide one.
    pub namespace: &'a str,
    /// Name of its policy.
    pub name: &'a str,
    /// The file it is written in.
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
    /// The direction it judges.
    pub direction: Direction,
    /// What it does.
    pub action: Action,
    /// Whether it isolates its subjects.
    pub isolates: bool,
}

impl<'a> RuleRef<'a> {
    /// `namespace/name`, or the name alone for a clusterwide policy.
    pub fn policy(&self) -> PolicyName<'a> {
        PolicyName {
            namespace: self.namespace,
            name: self.name,
        }
    }
}

/// Displays a policy's name, with its namespace where it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PolicyName<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl fmt::Display for PolicyName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace {
            "" => f.write_str(self.name),
            namespace => write!(f, "{namespace}/{}", self.name),
        }
    }
}

/// `default/db (CiliumNetworkPolicy) at db.yaml:14:7`.
impl fmt::Display for RuleRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (policy, kind) = (self.policy(), self.kind);
        let (file, line, column) = (self.file, self.line, self.column);
        write!(f, "{policy} ({kind}) at {file}:{line}:{column}")
    }
}

impl<'a> Bundle<'a> {
    /// The rule with this number; `None` for 0 and for numbers of other bundles.
    pub fn rule(&self, number: u32) -> Option<RuleRef<'a>> {
        let rule = self.rules().get(number.checked_sub(1)?)?;
        let policy: PolicyRecord = self.policies().get(rule.policy)?;
        let action = match rule.action {
            action if action == Action::Allow as u8 => Action::Allow,
            _ => Action::Deny,
        };
        Some(RuleRef {
            number,
            kind: self.string(policy.kind),
            namespace: self.string(policy.namespace),
            name: self.string(policy.name),
            file: self.string(rule.file),
            line: rule.line,
            column: rule.column,
            end_line: rule.end_line,
            end_column: rule.end_column,
            path: self.string(rule.path),
            summary: self.string(rule.summary),
            direction: Direction::from_number(rule.direction)?,
            action,
            isolates: rule.isolates == 1,
        })
    }

    /// The rules that isolate the subjects of a row, ascending by number; none for row 0.
    pub fn isolating_rules(&self, row: u32) -> impl Iterator<Item = RuleRef<'a>> + use<'a> {
        let bundle = *self;
        let isolations = self.isolations();
        let first = isolations.partition_point(|record| record.row < row);
        let end = isolations.partition_point(|record| record.row <= row);
        let rules = isolations.range(first, end - first).iter();
        rules.filter_map(move |record| bundle.rule(record.rule))
    }

    /// A verdict on a subject's row as one sentence for people.
    pub fn explain(&self, verdict: Verdict, row: u32) -> String {
        let rule = self.rule(verdict.rule());
        match (verdict.action(), rule) {
            (Action::Allow, Some(rule)) => format!("allowed by {rule}"),
            (Action::Allow, None) if row == 0 => {
                "allowed: no policy isolates the pod in this direction".into()
            }
            (Action::Allow, None) => "allowed: built in, no rule is needed".into(),
            (Action::Deny, Some(rule)) => format!("denied by {rule}"),
            (Action::Deny, None) => "denied: built in, by no rule".into(),
            (Action::NotAllowed, rule) => match rule.or_else(|| self.isolating_rules(row).next()) {
                Some(rule) => {
                    format!("not allowed: no rule allows it; {rule} isolates the pod")
                }
                None => "not allowed: no rule allows it".into(),
            },
        }
    }
}
