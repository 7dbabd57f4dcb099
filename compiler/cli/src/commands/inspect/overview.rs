//! What a bundle holds, at a glance: for people as text, for programs as one object.
//!
//! Must not know how a section is listed in full.

use std::io::{self, Write};

use serde::Serialize;
use ztc_bundle::{Bundle, RuleRef, SectionKind};

use super::listing::{self, Listing};
use crate::output::counted;

/// How many names a line of text shows.
const SHOWN: usize = 3;

/// A bundle as one JSON object (docs/schema/inspect.v1.schema.json).
#[derive(Debug, Serialize)]
pub(super) struct Overview<'a> {
    schema: &'static str,
    digest: String,
    bytes: usize,
    format_version: String,
    abi_version: u16,
    cluster: &'a str,
    revision: &'a str,
    workloads: u32,
    labels: &'a str,
    options: Vec<&'a str>,
    degradations: Vec<Degradation<'a>>,
    audited_policies: Vec<String>,
    sections: Vec<SectionJson>,
    networks: Listing,
    node_classes: Listing,
    policies: Listing,
    rules: Listing,
}

/// What is not done although rules ask for it.
#[derive(Debug, Serialize)]
struct Degradation<'a> {
    name: &'a str,
    rules: Vec<RuleName<'a>>,
}

#[derive(Debug, Serialize)]
struct RuleName<'a> {
    rule: u32,
    policy: String,
    path: &'a str,
}

#[derive(Debug, Serialize)]
struct SectionJson {
    name: &'static str,
    records: u32,
    bytes: u64,
    digest: String,
}

impl<'a> Overview<'a> {
    /// Reads a bundle.
    pub(super) fn new(bundle: &Bundle<'a>) -> Self {
        let meta = bundle.meta();
        let (major, minor) = bundle.format_version();
        let sections = bundle.sections().map(|section| SectionJson {
            name: section.name,
            records: section.n_records,
            bytes: section.length,
            digest: section.digest.to_string(),
        });
        let audited = bundle.audited_policies().into_iter();
        let degraded = bundle.degraded().into_iter();
        Self {
            schema: "ztc.dev/inspect/v1",
            digest: bundle.digest().to_string(),
            bytes: bundle.bytes().len(),
            format_version: format!("{major}.{minor}"),
            abi_version: bundle.abi_version(),
            cluster: bundle.string(meta.cluster),
            revision: bundle.string(meta.revision),
            workloads: meta.n_workloads,
            labels: bundle.string(meta.labels),
            options: bundle.string(meta.options).split_whitespace().collect(),
            degradations: degraded.map(Degradation::new).collect(),
            audited_policies: audited.map(|policy| policy.to_string()).collect(),
            sections: sections.collect(),
            networks: listing::listing(bundle, SectionKind::Networks),
            node_classes: listing::listing(bundle, SectionKind::NodeClasses),
            policies: listing::listing(bundle, SectionKind::Policies),
            rules: listing::listing(bundle, SectionKind::Rules),
        }
    }

    /// Writes it for people. What is not enforced stands before everything that is.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let or = |text: &str, otherwise: &str| match text {
            "" => otherwise.to_owned(),
            text => text.to_owned(),
        };
        let bytes = counted(self.bytes, "byte", "bytes");
        writeln!(out, "digest    {}", self.digest)?;
        writeln!(out, "size      {bytes}")?;
        writeln!(
            out,
            "format    {}, ABI {}",
            self.format_version, self.abi_version
        )?;
        writeln!(out, "cluster   {}", self.cluster)?;
        writeln!(out, "revision  {}", or(self.revision, "not recorded"))?;
        writeln!(out, "workloads {}", self.workloads)?;
        writeln!(
            out,
            "options   {}",
            or(&self.options.join(" "), "Cilium's defaults")
        )?;
        writeln!(
            out,
            "labels    {}",
            or(self.labels, "Cilium's default filter")
        )?;
        self.write_unenforced(out)?;
        writeln!(out, "\nsections")?;
        for section in &self.sections {
            let (name, n, length) = (section.name, section.records, section.bytes);
            writeln!(out, "  {name:<15}{n:>7} {length:>9} bytes")?;
        }
        for (title, listing) in [
            ("networks", &self.networks),
            ("node classes", &self.node_classes),
        ] {
            if !listing.is_empty() {
                writeln!(out, "\n{title}")?;
                listing.write(out, "  ")?;
            }
        }
        writeln!(out, "\npolicies")?;
        self.policies.write(out, "  ")?;
        writeln!(out, "\nrules")?;
        self.rules.write(out, "  ")
    }

    fn write_unenforced(&self, out: &mut impl Write) -> io::Result<()> {
        for Degradation { name, rules } in &self.degradations {
            let places = rules
                .iter()
                .map(|rule| format!("{} {}", rule.policy, rule.path));
            let n_rules = counted(rules.len(), "rule", "rules");
            writeln!(out, "degraded  {name} in {n_rules} ({})", few(places))?;
        }
        if !self.audited_policies.is_empty() {
            let n = counted(self.audited_policies.len(), "policy", "policies");
            let names = few(self.audited_policies.iter().cloned());
            writeln!(out, "audited   {n}, not enforced ({names})")?;
        }
        Ok(())
    }
}

impl<'a> Degradation<'a> {
    fn new((name, rules): (&'a str, Vec<RuleRef<'a>>)) -> Self {
        let rules = rules.into_iter().map(|rule| RuleName {
            rule: rule.number,
            policy: rule.policy().to_string(),
            path: rule.path,
        });
        Self {
            name,
            rules: rules.collect(),
        }
    }
}

/// The first of some names, and a sign that there are more.
fn few(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.take(SHOWN + 1).collect();
    if let Some(more) = names.get_mut(SHOWN) {
        *more = "…".into();
    }
    names.join(", ")
}
