//! Canonical selectors, and the only implementation of "matches" (SEMANTICS.md).

use std::fmt;

use crate::labels::{ANY, K8S, LabelSet};

/// What a requirement asks of a label.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operator {
    /// It exists and its value is one of these.
    In = 0,
    /// It is missing or its value is none of these.
    NotIn = 1,
    /// It exists.
    Exists = 2,
    /// It is missing.
    DoesNotExist = 3,
}

impl Operator {
    /// The operator with this number.
    pub fn from_number(number: u32) -> Option<Self> {
        [Self::In, Self::NotIn, Self::Exists, Self::DoesNotExist]
            .into_iter()
            .find(|operator| *operator as u32 == number)
    }
}

/// One requirement.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Requirement {
    /// Label key, without the source.
    pub key: String,
    /// Label source; `any` accepts every source.
    pub source: String,
    /// The operator.
    pub operator: Operator,
    /// Values, sorted, each once.
    pub values: Vec<String>,
}

impl Requirement {
    /// A requirement in canonical form.
    pub fn new(source: &str, key: &str, operator: Operator, mut values: Vec<String>) -> Self {
        values.sort();
        values.dedup();
        Self {
            source: source.into(),
            key: key.into(),
            operator,
            values,
        }
    }

    /// Whether a set of labels meets it.
    pub fn matches(&self, labels: &LabelSet) -> bool {
        let value = labels.value(&self.source, &self.key);
        let listed = |value: &str| {
            self.values
                .binary_search_by(|v| v.as_str().cmp(value))
                .is_ok()
        };
        match self.operator {
            Operator::In => value.is_some_and(listed),
            Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

/// A selector in canonical form: requirements sorted, each once. None is everything.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

impl Selector {
    /// A selector of these requirements, all of which must hold.
    pub fn new(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort();
        requirements.dedup();
        Self { requirements }
    }

    /// The requirements, sorted.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether a set of labels meets every requirement.
    pub fn matches(&self, labels: &LabelSet) -> bool {
        self.requirements
            .iter()
            .all(|requirement| requirement.matches(labels))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source.as_str() {
            ANY | K8S => String::new(),
            other => format!("{other}:"),
        };
        let key = &self.key;
        let values = self.values.join(",");
        match (self.operator, self.values.len()) {
            (Operator::In, 1) if values.is_empty() => write!(f, "{source}{key}=\"\""),
            (Operator::In, 1) => write!(f, "{source}{key}={values}"),
            (Operator::In, _) => write!(f, "{source}{key} in ({values})"),
            (Operator::NotIn, _) => write!(f, "{source}{key} notin ({values})"),
            (Operator::Exists, _) => write!(f, "{source}{key}"),
            (Operator::DoesNotExist, _) => write!(f, "!{source}{key}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.requirements.is_empty() {
            return f.write_str("everything");
        }
        for (index, requirement) in self.requirements.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{requirement}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::Label;

    fn set() -> LabelSet {
        LabelSet::new(vec![
            Label::new("k8s", "app", "web"),
            Label::new("k8s", "empty", ""),
        ])
    }

    fn holds(source: &str, key: &str, operator: Operator, values: &[&str]) -> bool {
        let values = values.iter().map(|value| (*value).into()).collect();
        Requirement::new(source, key, operator, values).matches(&set())
    }

    #[test]
    fn not_in_and_does_not_exist_match_a_missing_label() {
        assert!(holds("any", "tier", Operator::NotIn, &["db"]));
        assert!(holds("any", "tier", Operator::DoesNotExist, &[]));
        assert!(!holds("any", "app", Operator::NotIn, &["web"]));
        assert!(holds("any", "app", Operator::NotIn, &["db"]));
    }

    #[test]
    fn an_empty_value_needs_the_label_with_an_empty_value() {
        assert!(holds("any", "empty", Operator::In, &[""]));
        assert!(!holds("any", "tier", Operator::In, &[""]));
        assert!(!holds("any", "app", Operator::In, &[""]));
    }

    #[test]
    fn a_source_must_be_equal_unless_it_is_any() {
        assert!(holds("k8s", "app", Operator::Exists, &[]));
        assert!(!holds("container", "app", Operator::Exists, &[]));
        assert!(holds("container", "app", Operator::DoesNotExist, &[]));
    }

    #[test]
    fn no_requirements_match_everything() {
        assert!(Selector::default().matches(&LabelSet::default()));
    }
}
