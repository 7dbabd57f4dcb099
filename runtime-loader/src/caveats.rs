//! Where a bundle does less than its policies say, or something else than Cilium's defaults.
//!
//! From the bundle alone. Must not know the kernel, and must not print.

use serde::Serialize;
use ztc_bundle::{Bundle, RuleRef};

use crate::events::RuleView;

/// What whoever loads a bundle has to know of it; part of the answers of `apply` and `status`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Caveats {
    /// What the build was told to let be.
    pub degradations: Vec<Degradation>,
    /// Policies that are audited, not enforced.
    pub audited_policies: Vec<String>,
    /// Options that differ from Cilium's defaults, `name=value`.
    pub options: Vec<String>,
    /// The identity-label filter, as Cilium's option `labels` has it; empty for the default.
    pub labels: String,
}

/// Something that rules ask for and the bundle does not do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Degradation {
    /// Its name, such as `l7`.
    pub name: String,
    /// The rules.
    pub rules: Vec<RuleView>,
}

/// How many rules a line for people names.
const N_NAMED: usize = 3;

impl Caveats {
    /// The caveats of a bundle.
    pub fn of(bundle: &Bundle<'_>) -> Self {
        let degraded = bundle.degraded().into_iter();
        let degradations = degraded.map(|(name, rules)| Degradation {
            name: name.into(),
            rules: rules
                .into_iter()
                .map(|rule: RuleRef<'_>| rule.into())
                .collect(),
        });
        let audited = bundle.audited_policies();
        let options = bundle.string(bundle.meta().options);
        Self {
            degradations: degradations.collect(),
            audited_policies: audited.iter().map(ToString::to_string).collect(),
            options: options.split_whitespace().map(String::from).collect(),
            labels: bundle.string(bundle.meta().labels).into(),
        }
    }

    /// What is not enforced as it is written, one line each; empty when everything is.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.degradations.is_empty() {
            let all: Vec<_> = self.degradations.iter().map(ToString::to_string).collect();
            warnings.push(format!("this bundle does not enforce: {}", all.join("; ")));
        }
        match self.audited_policies.as_slice() {
            [] => {}
            [one] => warnings.push(format!("1 policy is audited, not enforced: {one}")),
            several => warnings.push(format!(
                "{} policies are audited, not enforced: {}",
                several.len(),
                listed(several)
            )),
        }
        warnings
    }

    /// What was set when it was built, one line each.
    pub fn settings(&self) -> Vec<String> {
        let options = match self.options.as_slice() {
            [] => None,
            options => Some(format!("options {}", options.join(" "))),
        };
        let labels = match self.labels.as_str() {
            "" => None,
            labels => Some(format!("labels {labels}")),
        };
        options.into_iter().chain(labels).collect()
    }
}

/// `l7 (3 rules: shop/web spec.ingress[0], …)`.
impl std::fmt::Display for Degradation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places: Vec<_> = self.rules.iter().map(RuleView::place).collect();
        let n = match places.len() {
            0 => return f.write_str(&self.name),
            1 => "1 rule".into(),
            n => format!("{n} rules"),
        };
        write!(f, "{} ({n}: {})", self.name, listed(&places))
    }
}

/// The first few, and a sign that there are more.
fn listed(all: &[String]) -> String {
    let first: Vec<_> = all.iter().take(N_NAMED).map(String::as_str).collect();
    let more = if all.len() > N_NAMED { ", …" } else { "" };
    first.join(", ") + more
}
