//! `ztc inspect`: what a bundle holds.
//!
//! The bundle is not trusted: it is read by the same checks that the loader makes.

mod listing;
mod names;

use std::io::Write;

use serde::Serialize;
use ztc_bundle::{Bundle, SectionKind};

use self::listing::Listing;
use crate::{
    args::{ColourChoice, Format, InspectArgs},
    bundle_file,
    exit::{Failure, Outcome},
    nearest::nearest,
    output::{self, Out, counted},
};

/// A bundle as one JSON object (docs/schema/inspect.v1.schema.json).
#[derive(Debug, Serialize)]
struct InspectJson<'a> {
    schema: &'static str,
    digest: String,
    bytes: usize,
    format_version: String,
    abi_version: u16,
    cluster: &'a str,
    revision: &'a str,
    workloads: u32,
    sections: Vec<SectionJson>,
    policies: Listing,
    rules: Listing,
}

#[derive(Debug, Serialize)]
struct SectionJson {
    name: &'static str,
    records: u32,
    bytes: u64,
    digest: String,
}

/// One section as one JSON object (docs/schema/inspect-section.v1.schema.json).
#[derive(Debug, Serialize)]
struct SectionListing {
    schema: &'static str,
    digest: String,
    section: &'static str,
    records: Listing,
}

/// A section that bundles do not have.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("a bundle has no section `{name}`")]
#[diagnostic(help("{help}"))]
struct NoSuchSection {
    name: String,
    help: String,
}

/// Runs the command.
pub(crate) fn run(args: &InspectArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let file = match bundle_file::read(&args.file)? {
        Ok(file) => file,
        Err(refused) => {
            output::complain(&refused);
            return Ok(Outcome::Findings);
        }
    };
    let bundle = file.view();
    let (mut out, _) = output::out(color);
    match (&args.section, args.format) {
        (Some(name), format) => section(&mut out, &bundle, section_named(name)?, format)?,
        (None, Format::Json) => output::json(&mut out, &as_json(&bundle))?,
        (None, Format::Text) => overview(&mut out, &bundle)?,
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

fn section_named(name: &str) -> Result<SectionKind, Failure> {
    let kinds = SectionKind::ALL.iter().copied();
    kinds
        .clone()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| {
            let names: Vec<_> = kinds.map(SectionKind::name).collect();
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", names.join(", ")),
            };
            Failure::Report(
                NoSuchSection {
                    name: name.into(),
                    help,
                }
                .into(),
            )
        })
}

fn section(
    out: &mut Out,
    bundle: &Bundle<'_>,
    kind: SectionKind,
    format: Format,
) -> Result<(), Failure> {
    let records = listing::listing(bundle, kind);
    match format {
        Format::Text => records.write(out, "")?,
        Format::Json => {
            let listing = SectionListing {
                schema: "ztc.dev/inspect-section/v1",
                digest: bundle.digest().to_string(),
                section: kind.name(),
                records,
            };
            output::json(out, &listing)?;
        }
    }
    Ok(())
}

fn as_json<'a>(bundle: &Bundle<'a>) -> InspectJson<'a> {
    let meta = bundle.meta();
    let (major, minor) = bundle.format_version();
    let sections = bundle.sections().map(|section| SectionJson {
        name: section.name,
        records: section.n_records,
        bytes: section.length,
        digest: section.digest.to_string(),
    });
    InspectJson {
        schema: "ztc.dev/inspect/v1",
        digest: bundle.digest().to_string(),
        bytes: bundle.bytes().len(),
        format_version: format!("{major}.{minor}"),
        abi_version: bundle.abi_version(),
        cluster: bundle.string(meta.cluster),
        revision: bundle.string(meta.revision),
        workloads: meta.n_workloads,
        sections: sections.collect(),
        policies: listing::listing(bundle, SectionKind::Policies),
        rules: listing::listing(bundle, SectionKind::Rules),
    }
}

fn overview(out: &mut Out, bundle: &Bundle<'_>) -> Result<(), Failure> {
    let meta = bundle.meta();
    let (major, minor) = bundle.format_version();
    let revision = match bundle.string(meta.revision) {
        "" => "not recorded",
        revision => revision,
    };
    writeln!(out, "digest    {}", bundle.digest())?;
    writeln!(
        out,
        "size      {}",
        counted(bundle.bytes().len(), "byte", "bytes")
    )?;
    writeln!(
        out,
        "format    {major}.{minor}, ABI {}",
        bundle.abi_version()
    )?;
    writeln!(out, "cluster   {}", bundle.string(meta.cluster))?;
    writeln!(out, "revision  {revision}")?;
    writeln!(out, "workloads {}", meta.n_workloads)?;
    writeln!(out, "\nsections")?;
    for section in bundle.sections() {
        let (name, n, length) = (section.name, section.n_records, section.length);
        writeln!(out, "  {name:<13}{n:>7} {length:>9} bytes")?;
    }
    writeln!(out, "\npolicies")?;
    listing::listing(bundle, SectionKind::Policies).write(out, "  ")?;
    writeln!(out, "\nrules")?;
    listing::listing(bundle, SectionKind::Rules).write(out, "  ")?;
    Ok(())
}
