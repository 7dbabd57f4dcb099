//! Numbers back to words: which rule of which policy, in which file and line, said so.

use std::fmt;

use ztc_abi::{Action, Direction, Verdict};

use crate::{Bundle, PolicyRecord, RuleRecord};

/// What a rule does with the accesses that it matches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum RuleAction {
    /// It lets them through.
    Allow = Action::Allow as u8,
    /// It does not.
    Deny = Action::Deny as u8,
    /// It leaves them to the next tier.
    Pass = RuleRecord::PASS,
}

impl RuleAction {
    /// `allow`, `deny` or `pass`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Pass => "pass",
        }
    }
}

/// When a rule is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tier {
    /// Before all others.
    Admin,
    /// Rules of Cilium's kinds and of NetworkPolicy.
    Normal,
    /// After all others.
    Baseline,
}

impl Tier {
    /// `admin`, `normal` or `baseline`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Normal => "normal",
            Self::Baseline => "baseline",
        }
    }
}

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
    pub action: RuleAction,
    /// Whether it isolates its subjects.
    pub isolates: bool,
    /// Whether its policy is audited, not enforced.
    pub audited: bool,
    /// When it is asked.
    pub tier: Tier,
    /// Within its tier, lower first.
    pub priority: u32,
    /// The text that its policy gives for logs; empty for none.
    pub log: &'a str,
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
            action if action == Action::Allow as u8 => RuleAction::Allow,
            RuleRecord::PASS => RuleAction::Pass,
            _ => RuleAction::Deny,
        };
        let tier = match rule.tier {
            0 => Tier::Admin,
            1 => Tier::Normal,
            _ => Tier::Baseline,
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
            audited: rule.audit == 1,
            tier,
            priority: rule.priority,
            log: self.string(rule.log),
        })
    }

    /// The rules that isolate the subjects of a row, ascending by number; none for row 0.
    pub fn isolating_rules(&self, row: u32) -> impl Iterator<Item = RuleRef<'a>> + use<'a> {
        let bundle = *self;
        let numbers = self.isolating_numbers(row);
        numbers.filter_map(move |number| bundle.rule(number))
    }

    /// The numbers of these rules.
    pub(crate) fn isolating_numbers(&self, row: u32) -> impl Iterator<Item = u32> + use<'a> {
        let isolations = self.isolations();
        let first = isolations.partition_point(|record| record.row < row);
        let end = isolations.partition_point(|record| record.row <= row);
        let rules = isolations.range(first, end - first).iter();
        rules.map(|record| record.rule)
    }

    /// What this bundle does not do although its rules ask for it: each name with its rules, both
    /// ascending. No rules stand for a policy that makes none. Empty when everything is enforced
    /// as written.
    pub fn degraded(&self) -> Vec<(&'a str, Vec<RuleRef<'a>>)> {
        let mut degraded: Vec<(&str, Vec<RuleRef<'_>>)> = Vec::new();
        for record in self.degradations().iter() {
            let name = self.string(record.name);
            let rule = self.rule(record.rule);
            match degraded.last_mut() {
                Some((last, rules)) if *last == name => rules.extend(rule),
                _ => degraded.push((name, rule.into_iter().collect())),
            }
        }
        degraded
    }

    /// The names of the policies that are audited, not enforced, in the order of the bundle.
    pub fn audited_policies(&self) -> Vec<PolicyName<'a>> {
        let rules = self.rules();
        let audited = rules.iter().filter(|rule| rule.audit == 1);
        let mut policies: Vec<u32> = audited.map(|rule| rule.policy).collect();
        // Rules follow the order of their policies.
        policies.dedup();
        let records = policies
            .into_iter()
            .filter_map(|id| self.policies().get(id));
        records
            .map(|policy| PolicyName {
                namespace: self.string(policy.namespace),
                name: self.string(policy.name),
            })
            .collect()
    }

    /// A verdict on a subject's row as one sentence for people.
    pub fn explain(&self, verdict: Verdict, row: u32) -> String {
        let rule = self.rule(verdict.rule());
        match (verdict.action(), rule) {
            (Action::Allow, Some(rule)) => format!("allowed by {rule}"),
            (Action::Allow, None) if self.isolating_rules(row).next().is_none() => {
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
