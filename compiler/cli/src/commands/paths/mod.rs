//! `ztc paths`: routes over several hops.
//!
//! Must not know how routes are found; `ztc_reach::paths` does.

mod draw;
mod hidden;
mod json;
mod names;
mod text;

use std::{collections::BTreeSet, io::Write};

use ztc_reach::{
    PartyId, Reach,
    paths::{Extent, Routes, Wanted},
};

use self::{hidden::Hidden, names::Names};
use crate::{
    args::{ColourChoice, PathsArgs, PathsFormat},
    compiled::Compiled,
    config,
    exit::{Failure, Outcome},
    inputs, notes, output,
    pipeline::Request,
    ports,
    selection::Finder,
};

/// The most hops of all routes when nothing is said: a fifth hop hardly ever shows a way that
/// fewer do not.
const MAX_HOPS: u32 = 4;

/// How many workloads a note names.
const SHOWN: usize = 3;

/// What was asked, and what came out.
struct Answer<'a> {
    reach: &'a Reach<'a>,
    names: Names<'a>,
    /// The ends in words.
    from: String,
    to: String,
    wanted: &'a Wanted,
    found: &'a Routes,
    hidden: Hidden,
    limit: usize,
    notes: Vec<String>,
}

/// Nobody is said to be the end.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("there is nothing to find routes to")]
#[diagnostic(help(
    "give --to SELECTION, or write `sensitive = [\"shop{{tier=db}}\"]` into ztc.toml (a bundle \
     has no ztc.toml)"
))]
struct NoEnd;

/// Everybody at the start is at the end.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("everybody of `{from}` is there already: all of them are in `{to}`")]
#[diagnostic(help("choose a start outside of the end"))]
struct IsThere {
    from: String,
    to: String,
}

/// Runs the command.
pub(crate) fn run(args: &PathsArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let ports = ports::of_flag(&args.port)?;
    let (compiled, sensitive) = ask(args, color)?;
    compiled.say_if_nobody_is_known();
    let reach = compiled.reach();
    let finder = Finder::new(&compiled, &reach);
    let select = |text: &String| -> Result<Vec<PartyId>, Failure> { Ok(finder.select(text)?) };
    let mut from: BTreeSet<PartyId> = BTreeSet::new();
    for text in &args.from {
        from.extend(select(text)?);
    }
    let mut to: BTreeSet<PartyId> = BTreeSet::new();
    for text in &args.to {
        to.extend(select(text)?);
    }
    let mut to_words = args.to.clone();
    if args.to.is_empty() {
        to_words = add_sensitive(&sensitive, &mut to, select);
    }
    let (from_words, to_words) = (args.from.join(", "), to_words.join(", "));
    if to.is_empty() {
        return Err(Failure::Report(NoEnd.into()));
    }
    if from.is_subset(&to) {
        let (from, to) = (from_words, to_words);
        return Err(Failure::Report(IsThere { from, to }.into()));
    }
    let wanted = Wanted {
        from: from.into_iter().collect(),
        to: to.into_iter().collect(),
        ports,
        is_every_hop: args.every_hop,
        extent: if args.all {
            Extent::All
        } else {
            Extent::Shortest
        },
        max_hops: args
            .max_hops
            .unwrap_or(if args.all { MAX_HOPS } else { u32::MAX }),
    };
    let found = reach.routes(&wanted);
    let mut notes = notes::of(&compiled, ": routes ignore them");
    notes.extend(of_nodes(&reach, &found));
    let answer = Answer {
        names: Names::new(&reach),
        reach: &reach,
        from: from_words,
        to: to_words,
        hidden: Hidden::new(&reach, &wanted, &found),
        found: &found,
        wanted: &wanted,
        limit: args.limit,
        notes,
    };
    show(&answer, args.format, color)?;
    Ok(if args.fail && is_finding(&answer, args.max_hops) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// Where there is no route, what none can go over, though somebody could.
fn of_nodes(reach: &Reach<'_>, found: &Routes) -> Option<String> {
    let names: Vec<&str> = reach.workloads_on_nodes().into_iter().collect();
    let on_nodes = match names.len() {
        1 => "1 workload on its node's network is no stop, as no policy is about it".to_owned(),
        n => format!(
            "{n} workloads on their node's network are no stops, as no policy is about them"
        ),
    };
    (found.routes.is_empty() && !names.is_empty()).then(|| {
        let names = output::few(&names, SHOWN);
        format!("{on_nodes}: {names}; `--from host` starts at a node")
    })
}

/// Whether there is a route. A bound that nobody asked for does not keep one from counting; one
/// that somebody did is worth a word.
fn is_finding(answer: &Answer<'_>, max_hops: Option<u32>) -> bool {
    let Some(longer) = answer.hidden.longer() else {
        return !answer.found.routes.is_empty();
    };
    let length = longer.n_hops;
    match max_hops {
        None => output::say(&format!("--fail: there is a route of {length} hops")),
        Some(most) => output::say(&format!(
            "--fail: the search was cut after {}, and there is a route of {length}: raise \
             --max-hops",
            hops(most as usize)
        )),
    }
    max_hops.is_none()
}

/// What is asked, and what `ztc.toml` calls sensitive.
fn ask(args: &PathsArgs, color: ColourChoice) -> Result<(Compiled, Vec<String>), Failure> {
    if let Some(file) = &args.ask.bundle {
        return Ok((Compiled::read(file)?, Vec::new()));
    }
    let settings = config::settings(&args.ask.options, &args.ask.inputs.paths, color)?;
    let inputs = inputs::read(&args.ask.inputs, &settings.resolution)?;
    let request = Request::of(settings.analyse);
    let compiled = Compiled::of(inputs, request, args.ask.keep_going, color)?;
    Ok((compiled, settings.sensitive))
}

/// Adds what `ztc.toml` calls sensitive. It may be about more than these inputs, so that one
/// selection finds nobody is worth a word and no more.
fn add_sensitive(
    sensitive: &[String],
    to: &mut BTreeSet<PartyId>,
    select: impl Fn(&String) -> Result<Vec<PartyId>, Failure>,
) -> Vec<String> {
    let mut words = Vec::new();
    for text in sensitive {
        match select(text) {
            Ok(parties) => {
                to.extend(parties);
                words.push(text.clone());
            }
            Err(_) => output::say(&format!("`sensitive`: `{text}` is nobody here")),
        }
    }
    words
}

fn show(answer: &Answer<'_>, format: PathsFormat, color: ColourChoice) -> Result<(), Failure> {
    let (mut out, colour) = output::out(color);
    match format {
        PathsFormat::Text => text::show(&mut out, answer, colour)?,
        PathsFormat::Json => json::show(&mut out, answer)?,
        PathsFormat::Dot => out.write_all(ztc_picture::dot(&draw::picture(answer)).as_bytes())?,
        PathsFormat::Mermaid => {
            out.write_all(ztc_picture::mermaid(&draw::picture(answer)).as_bytes())?;
        }
        PathsFormat::Svg => out.write_all(ztc_picture::svg(&draw::picture(answer)).as_bytes())?,
        PathsFormat::Html => {
            out.write_all(ztc_picture::html(&draw::picture(answer)).as_bytes())?;
        }
    }
    out.flush()?;
    if !matches!(format, PathsFormat::Text | PathsFormat::Json) {
        answer
            .notes
            .iter()
            .for_each(|note| output::say(&format!("note: {note}")));
        if let Some(rest) = answer.rest() {
            output::say(&rest);
        }
        if answer.found.routes.is_empty() {
            output::say(&answer.headline());
            text::nobody_goes_on(answer)
                .into_iter()
                .for_each(|line| output::say(&line));
        }
    }
    Ok(())
}

impl Answer<'_> {
    /// `world -> shop/db: 2 routes of 3 hops, the shortest`.
    fn headline(&self) -> String {
        let (from, to, found) = (&self.from, &self.to, self.found);
        let lengths = || found.routes.iter().map(|route| route.hops.len());
        let bound = match self.wanted.max_hops {
            u32::MAX => String::new(),
            n => format!(" of at most {}", hops(n as usize)),
        };
        let (Some(least), Some(most)) = (lengths().min(), lengths().max()) else {
            return format!("{from} -> {to}: no route{bound}");
        };
        let n = match (found.is_complete, found.n_routes) {
            (false, n) => format!("more than {n} routes"),
            (true, 1) => "1 route".into(),
            (true, n) => format!("{n} routes"),
        };
        let shown = match found.routes.len() as u128 {
            1 if found.n_routes > 1 => ", in 1 group".into(),
            groups if groups < found.n_routes => format!(", in {groups} groups"),
            _ => String::new(),
        };
        let length = match self.wanted.extent {
            Extent::Shortest => format!(" of {}, the shortest", hops(least)),
            Extent::All if least == most => format!(" of {}", hops(least)),
            Extent::All => format!(" of {least} to {}", hops(most)),
        };
        format!("{from} -> {to}: {n}{length}{shown}")
    }

    /// What is not shown.
    fn rest(&self) -> Option<String> {
        let (routes, n_routes) = (&self.found.routes, self.found.n_routes);
        let n = routes.len().saturating_sub(self.limit);
        let unit = if (routes.len() as u128) < n_routes {
            output::counted(n, "more group", "more groups")
        } else {
            output::counted(n, "more route", "more routes")
        };
        let more = match (n, self.found.is_complete) {
            (0, true) => return None,
            (0, false) => "and more: counting stopped here".into(),
            (_, true) => format!("and {unit} (--limit)"),
            (_, false) => format!("and more than {unit} (--limit): counting stopped here"),
        };
        Some(more)
    }
}

/// `1 hop`, `3 hops`.
fn hops(n: usize) -> String {
    output::counted(n, "hop", "hops")
}
