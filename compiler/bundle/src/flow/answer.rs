//! Answers as data: a verdict for each side, and the rules behind it.
//!
//! Must not know how an answer is found.

use serde::{Serialize, Serializer};

use super::{Ask, NoSuchEnd, NotAQuestion, Question, Rule};

/// What one side says. Serialises as the word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Word {
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
    pub const fn text(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::NotApplicable => "n/a",
        }
    }
}

/// One side of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side<'a> {
    /// What it says.
    pub word: Word,
    /// A few words that are true of the verdict without looking at any rule.
    pub reason: &'static str,
    /// The rule that decided, or all rules that isolate.
    pub rules: Vec<Rule<'a>>,
    /// What would be if audited policies were enforced; only where that is something else.
    pub audit: Option<Audit<'a>>,
    /// What was asked; `None` when this end is no subject of policy.
    pub ask: Option<Ask>,
}

/// What would be if audited policies were enforced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Audit<'a> {
    /// The other word.
    pub would: Word,
    /// As [`Side::rules`].
    pub rules: Vec<Rule<'a>>,
}

/// The answer. Serialises as the fields of the schema flow.v1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer<'a> {
    /// What was asked.
    pub question: Question,
    /// What applies to the end that opens the connection.
    pub egress: Side<'a>,
    /// What applies to the other end.
    pub ingress: Side<'a>,
    /// Deny when a side denies, else allow.
    pub verdict: Word,
    /// What had to be assumed.
    pub notes: Vec<String>,
    /// How many objects the bundle was made without because they are refused; see
    /// [`Answerer::without_refused`](super::Answerer::without_refused).
    pub left_out: usize,
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'s> {
            #[serde(flatten)]
            question: &'s Question,
            egress: Word,
            ingress: Word,
            verdict: Word,
            egress_reason: &'static str,
            ingress_reason: &'static str,
            egress_rules: &'s [Rule<'s>],
            ingress_rules: &'s [Rule<'s>],
            #[serde(skip_serializing_if = "Option::is_none")]
            egress_audit: Option<&'s Audit<'s>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            ingress_audit: Option<&'s Audit<'s>>,
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            notes: &'s [String],
            #[serde(skip_serializing_if = "Option::is_none")]
            left_out: Option<usize>,
        }
        let line = Line {
            question: &self.question,
            egress: self.egress.word,
            ingress: self.ingress.word,
            verdict: self.verdict,
            egress_reason: self.egress.reason,
            ingress_reason: self.ingress.reason,
            egress_rules: &self.egress.rules,
            ingress_rules: &self.ingress.rules,
            egress_audit: self.egress.audit.as_ref(),
            ingress_audit: self.ingress.audit.as_ref(),
            notes: &self.notes,
            left_out: (self.left_out > 0).then_some(self.left_out),
        };
        line.serialize(serializer)
    }
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoAnswer {
    /// An end that nothing is called.
    #[error(transparent)]
    End(#[from] NoSuchEnd),
    /// A port or protocol that does not exist.
    #[error(transparent)]
    Question(#[from] NotAQuestion),
    /// A bundle that was checked when it was read has what its rows need.
    #[error("the bundle's tables lack an entry that they must have")]
    Incomplete,
    /// The tables are somewhere where they could not be asked.
    #[error("it could not be judged: {reason}")]
    Failed {
        /// Why.
        reason: String,
    },
}

impl NoAnswer {
    /// What the caller can do about it; empty when there is nothing to say.
    pub fn advice(&self) -> String {
        match self {
            Self::End(end) => end.advice(),
            Self::Question(question) => question.advice().into(),
            Self::Incomplete => "build the bundle again; if that does not help, report it".into(),
            Self::Failed { .. } => String::new(),
        }
    }
}
