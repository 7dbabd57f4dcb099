//! What lets a connection through, in words.
//!
//! Must not know who its ends are.

use ztc_reach::{Reach, Reason};

/// Words for reasons.
pub(crate) struct ReasonWords {
    /// What is written for each rule, by its number less one.
    rules: Vec<String>,
}

impl ReasonWords {
    /// For those of a bundle.
    pub(crate) fn new(reach: &Reach<'_>) -> Self {
        let bundle = reach.bundle();
        let numbers = (1u32..).take(bundle.rules().len());
        let rules = numbers.map(|number| {
            let rule = bundle.rule(number);
            rule.map_or_else(String::new, |rule| {
                format!("{} {}:{}", rule.policy(), rule.file, rule.line)
            })
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// `shop/web policies/20-web.yaml:9`, or why no rule is needed.
    pub(crate) fn of(&self, reason: Reason) -> &str {
        match reason {
            Reason::NoSubject => "-",
            Reason::Open => "open",
            Reason::OwnNode => "own node",
            Reason::Rule(number) => {
                let place = (number as usize).checked_sub(1);
                let text = place.and_then(|place| self.rules.get(place));
                // A number without a rule is one of another bundle.
                text.map_or("", String::as_str)
            }
        }
    }

    /// How many signs they take at most.
    pub(crate) fn longest(&self) -> usize {
        let rules = self.rules.iter().map(|text| text.chars().count());
        rules.max().unwrap_or(0).max("own node".len())
    }
}
