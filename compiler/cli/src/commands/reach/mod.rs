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
    output::{self, Out, counted},
};

/// What was asked.
struct Asked<'a> {
    compiled: &'a Compiled,
    reach: &'a Reach<'a>,
    words: CellWords<'a>,
    /// Connections are in one of them at most.
    scopes: Vec<Scope>,
    notes: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &ReachArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    if args.exposure {
        return exposure::run(args, color);
    }
    let compiled = match Compiled::ask(&args.ask, color, Vec::new())? {
        Ok(compiled) => compiled,
        Err(outcome) => return Ok(outcome),
    };
    let reach = compiled.reach();
    let asked = Asked {
        scopes: scopes::of(args, &compiled, &reach)?,
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
        (format, _) => picture(&mut out, &asked, format)?,
    }
    out.flush()?;
    if !matches!(args.format, ReachFormat::Table | ReachFormat::Markdown) {
        asked.say_notes();
    }
    Ok(Outcome::Clean)
}

fn picture(out: &mut Out, asked: &Asked<'_>, format: ReachFormat) -> Result<(), Failure> {
    let picture = draw::picture(asked)?;
    let text = match format {
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
    let bundle = compiled.bundle.view();
    let mut notes = compiled.option_notes();
    let audited = bundle.audited_policies().len();
    if audited > 0 {
        let policies = counted(audited, "policy is", "policies are");
        notes.push(format!(
            "{policies} audited and not enforced: what only an audited policy denies is listed"
        ));
    }
    let left_out = compiled.left_out.len();
    if left_out > 0 {
        let objects = counted(left_out, "object is", "objects are");
        notes.push(format!("{objects} left out because of errors"));
    }
    notes
}
