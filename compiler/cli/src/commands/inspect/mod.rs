//! `ztc inspect`: what a bundle holds.
//!
//! The bundle is not trusted: it is read by the same checks that the loader makes.

mod listing;
mod names;
mod overview;

use std::io::Write;

use serde::Serialize;
use ztc_bundle::{Bundle, SectionKind};

use self::{listing::Listing, overview::Overview};
use crate::{
    args::{ColourChoice, Format, InspectArgs},
    bundle_file,
    exit::{Failure, Outcome},
    nearest::nearest,
    output::{self, Out},
};

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
        (None, Format::Json) => output::json(&mut out, &Overview::new(&bundle))?,
        (None, Format::Text) => Overview::new(&bundle).write(&mut out)?,
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
