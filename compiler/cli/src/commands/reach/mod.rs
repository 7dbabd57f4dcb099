//! `ztc reach`: the permitted connections.
//!
//! Must not know how they are found; `ztc_reach` does.

mod csv;
mod draw;
mod exposure;
mod json;
mod markdown;
mod netpol_analyzer;
mod pairs;
mod scopes;
mod table;
mod words;

use std::io::Write;

use ztc_reach::{Line, Reach, Scope};

use self::words::CellWords;
use crate::{
    args::{ColourChoice, ReachArgs, ReachFormat},
    compiled::Compiled,
    exit::{Failure, Outcome},
    notes,
    output::{self, Out},
    selection::Finder,
};

/// What was asked.
struct Asked<'a> {
    compiled: &'a Compiled,
    reach: &'a Reach<'a>,
    finder: Finder<'a, 'a>,
    words: CellWords<'a>,
    /// Connections are in one of them at most.
    scopes: Vec<Scope>,
    notes: Vec<String>,
}

/// A namespace is asked for by the flag of something else.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("--namespace is of --exposure: it says where new pods are")]
#[diagnostic(help("write --workload '{namespace}/*' for the connections of the pods there"))]
struct OfExposure {
    namespace: String,
}

/// Runs the command.
pub(crate) fn run(args: &ReachArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    if args.exposure {
        return exposure::run(args, color);
    }
    if let Some(namespace) = args.namespace.first() {
        let namespace = namespace.clone();
        return Err(Failure::Report(OfExposure { namespace }.into()));
    }
    let compiled = Compiled::ask(&args.ask, color, Vec::new())?;
    compiled.require_workloads()?;
    let reach = compiled.reach();
    let finder = Finder::new(&compiled, &reach);
    let asked = Asked {
        scopes: scopes::of(args, &finder, &reach)?,
        finder,
        words: CellWords::new(&reach),
        notes: notes(&compiled),
        compiled: &compiled,
        reach: &reach,
    };
    let (mut out, colour) = output::out(color);
    match (args.format, args.no_fold) {
        (ReachFormat::Table, false) => table::folded(&mut out, &asked, colour)?,
        (ReachFormat::Table, true) => table::pairs(&mut out, &asked, colour)?,
        (ReachFormat::Markdown, false) => markdown::folded(&mut out, &asked)?,
        (ReachFormat::Markdown, true) => markdown::pairs(&mut out, &asked)?,
        (ReachFormat::Json, false) => json::folded(&mut out, &asked)?,
        (ReachFormat::Json, true) => json::pairs(&mut out, &asked)?,
        (ReachFormat::NetpolAnalyzer, _) => netpol_analyzer::list(&mut out, &asked)?,
        (ReachFormat::Csv, _) => csv::pairs(&mut out, &asked)?,
        _ => picture(&mut out, &asked, args)?,
    }
    out.flush()?;
    if !matches!(args.format, ReachFormat::Table | ReachFormat::Markdown) {
        asked.say_notes();
    }
    Ok(Outcome::Clean)
}

fn picture(out: &mut Out, asked: &Asked<'_>, args: &ReachArgs) -> Result<(), Failure> {
    let picture = draw::picture(asked, args)?;
    let text = match args.format {
        ReachFormat::Mermaid => ztc_picture::mermaid(&picture),
        ReachFormat::Svg => ztc_picture::svg(&picture),
        ReachFormat::Html => ztc_picture::html(&picture),
        _ => ztc_picture::dot(&picture),
    };
    out.write_all(text.as_bytes())?;
    Ok(())
}

impl Asked<'_> {
    /// The connections of all scopes in few lines, sorted within each.
    fn lines(&self) -> Vec<Line> {
        let scopes = self.scopes.iter();
        scopes
            .flat_map(|scope| ztc_reach::fold(self.reach, scope))
            .collect()
    }

    fn say_notes(&self) {
        for note in &self.notes {
            output::say(&format!("note: {note}"));
        }
    }
}

fn notes(compiled: &Compiled) -> Vec<String> {
    notes::of(compiled, ": what only an audited policy denies is listed")
}
