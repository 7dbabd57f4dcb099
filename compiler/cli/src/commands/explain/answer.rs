//! Answers: a verdict for each side, by the walk that the kernel takes, and the rules behind it.
//!
//! Must not know how an answer is shown.

use miette::Diagnostic;
use serde::Serialize;
use ztc_abi::{Action, Direction, Peer, Protocol, Verdict};
use ztc_bundle::{Bundle, RuleRef};

use super::{
    ends::{End, Ends},
    question::Question,
};

/// What one side says. Serialises as the word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) enum Word {
    /// It may pass.
    #[serde(rename = "allow")]
    Allow,
    /// It may not.
    #[serde(rename = "deny")]
    Deny,
    /// This end is no subject of policy.
    #[serde(rename = "n/a")]
    NotApplicable,
}

impl Word {
    /// As in JSON.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::NotApplicable => "n/a",
        }
    }
}

/// How a rule has to do with a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// It allows or denies.
    Decided,
    /// It isolates the subject, and nothing allows the access.
    Isolates,
}

/// A rule and where it is written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Rule {
    pub(crate) role: Role,
    pub(crate) action: &'static str,
    pub(crate) policy: Policy,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
    pub(crate) path: String,
    pub(crate) summary: String,
}

/// A policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Policy {
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// One side of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Side {
    pub(crate) word: Word,
    /// A few words that are true of the verdict without looking at any rule.
    pub(crate) reason: &'static str,
    pub(crate) rules: Vec<Rule>,
}

/// The answer, as one JSON object (docs/schema/explain.v1.schema.json and flow.v1.schema.json).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Answer {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) schema: &'static str,
    #[serde(flatten)]
    pub(crate) question: Question,
    pub(crate) egress: Word,
    pub(crate) ingress: Word,
    pub(crate) verdict: Word,
    pub(crate) egress_reason: &'static str,
    pub(crate) ingress_reason: &'static str,
    pub(crate) egress_rules: Vec<Rule>,
    pub(crate) ingress_rules: Vec<Rule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum NoAnswer {
    #[error(transparent)]
    #[diagnostic(transparent)]
    End(#[from] super::ends::NoSuchEnd),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Question(#[from] super::question::NotAQuestion),

    /// A bundle that was checked when it was read has what its rows need.
    #[error("the bundle's tables lack an entry that they must have")]
    #[diagnostic(help("build the bundle again; if that does not help, report it"))]
    Incomplete,
}

impl NoAnswer {
    /// What to do, for an error that this one is a part of.
    pub(crate) fn advice(&self) -> String {
        Diagnostic::help(self).map_or_else(String::new, |help| help.to_string())
    }
}

/// Judges both sides of a question.
pub(crate) fn answer(
    bundle: &Bundle<'_>,
    ends: &Ends<'_>,
    question: Question,
    schema: &'static str,
) -> Result<Answer, NoAnswer> {
    let protocol = question.protocol()?;
    let (from, to) = (ends.find(&question.from)?, ends.find(&question.to)?);
    let mut notes = Vec::new();
    let mut side = |direction, subject, (peer, peer_name): (End<'_>, &str)| {
        let ask = Ask {
            direction,
            subject,
            protocol,
            port: question.port,
        };
        let (side, guessed) = ask.judge(bundle, ends, peer)?;
        if guessed {
            notes.push(format!(
                "it is not known which node {peer_name} or the other end is on: judged as \
                 different nodes"
            ));
        }
        Ok::<Side, NoAnswer>(side)
    };
    let egress = side(Direction::Egress, from, (to, &question.to))?;
    let ingress = side(Direction::Ingress, to, (from, &question.from))?;
    let denied = [egress.word, ingress.word].contains(&Word::Deny);
    Ok(Answer {
        schema,
        question,
        egress: egress.word,
        ingress: ingress.word,
        verdict: if denied { Word::Deny } else { Word::Allow },
        egress_reason: egress.reason,
        ingress_reason: ingress.reason,
        egress_rules: egress.rules,
        ingress_rules: ingress.rules,
        notes,
    })
}

/// One side's question.
struct Ask<'a> {
    direction: Direction,
    subject: End<'a>,
    protocol: Protocol,
    port: u16,
}

impl Ask<'_> {
    /// The verdict, and whether a node had to be guessed for it.
    fn judge(
        &self,
        bundle: &Bundle<'_>,
        ends: &Ends<'_>,
        peer: End<'_>,
    ) -> Result<(Side, bool), NoAnswer> {
        let End::Pod { class, node } = self.subject else {
            let reason = "not a pod, so no policy applies to this end";
            return Ok((
                Side {
                    word: Word::NotApplicable,
                    reason,
                    rules: vec![],
                },
                false,
            ));
        };
        let index = class.checked_sub(Peer::FIRST_CLASS);
        let class = index.and_then(|index| bundle.classes().get(index));
        let class = class.ok_or(NoAnswer::Incomplete)?;
        let row = match self.direction {
            Direction::Ingress => class.row_ingress,
            Direction::Egress => class.row_egress,
        };
        let (peer, guessed) = ends.seen_from(node, peer);
        let verdict = bundle.judge(row, peer, self.protocol, self.port);
        let verdict = verdict.ok_or(NoAnswer::Incomplete)?;
        Ok((side(bundle, row, verdict), guessed))
    }
}

fn side(bundle: &Bundle<'_>, row: u32, verdict: Verdict) -> Side {
    let decided = || {
        bundle
            .rule(verdict.rule())
            .map(|found| rule(Role::Decided, found))
    };
    match verdict.action() {
        Action::Allow if verdict.rule() == 0 && row == 0 => Side {
            word: Word::Allow,
            reason: "no policy isolates it in this direction",
            rules: vec![],
        },
        Action::Allow if verdict.rule() == 0 => Side {
            word: Word::Allow,
            reason: "its own node may always reach it",
            rules: vec![],
        },
        Action::Allow => Side {
            word: Word::Allow,
            reason: "a rule allows it",
            rules: decided().into_iter().collect(),
        },
        Action::Deny => Side {
            word: Word::Deny,
            reason: "a rule denies it",
            rules: decided().into_iter().collect(),
        },
        Action::NotAllowed => Side {
            word: Word::Deny,
            reason: "no rule allows it",
            rules: bundle
                .isolating_rules(row)
                .map(|found| rule(Role::Isolates, found))
                .collect(),
        },
    }
}

fn rule(role: Role, found: RuleRef<'_>) -> Rule {
    Rule {
        role,
        action: if found.action == Action::Deny {
            "deny"
        } else {
            "allow"
        },
        policy: Policy {
            kind: found.kind.into(),
            namespace: found.namespace.into(),
            name: found.name.into(),
        },
        file: found.file.into(),
        line: found.line,
        column: found.column,
        end_line: found.end_line,
        end_column: found.end_column,
        path: found.path.into(),
        summary: found.summary.into(),
    }
}
