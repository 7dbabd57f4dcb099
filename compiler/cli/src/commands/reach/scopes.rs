//! The flags that keep some connections and leave out others.
//!
//! Must not know how connections are shown.

use ztc_bundle::flow::Question;
use ztc_reach::{PartySet, Reach, Scope};

use crate::{
    args::{DirectionChoice, ReachArgs, ReachFormat},
    compiled::Compiled,
    exit::Failure,
    selection::{NotASelection, Selection},
};

/// Scopes that together hold the connections that are asked for, each once.
pub(super) fn of(
    args: &ReachArgs,
    compiled: &Compiled,
    reach: &Reach<'_>,
) -> Result<Vec<Scope>, Failure> {
    let find = |texts: &[String]| select(texts, compiled, reach);
    let everything = Scope::everything(reach);
    let whole = Scope {
        from: find(&args.from)?.unwrap_or(everything.from),
        to: find(&args.to)?.unwrap_or(everything.to),
        port: args.port.as_deref().map(port).transpose()?,
        own_node_is_whole: is_for_people(args),
    };
    let workloads = match (find(&args.workload)?, args.direction) {
        (None, None) => return Ok(vec![whole]),
        (Some(chosen), _) => chosen,
        (None, Some(_)) => every_workload(reach),
    };
    let opened_by = Scope {
        from: whole.from.common(&workloads),
        ..whole.clone()
    };
    let opened_to = |from: PartySet| Scope {
        from,
        to: whole.to.common(&workloads),
        ..whole.clone()
    };
    Ok(match args.direction {
        Some(DirectionChoice::Egress) => vec![opened_by],
        Some(DirectionChoice::Ingress) => vec![opened_to(whole.from.clone())],
        None => {
            let others = whole.from.minus(&workloads);
            vec![opened_by, opened_to(others)]
        }
    })
}

/// A person wants one line for what every node may do; a program wants each port once.
fn is_for_people(args: &ReachArgs) -> bool {
    let is_table = matches!(args.format, ReachFormat::Table | ReachFormat::Markdown);
    is_table && !args.no_fold
}

fn select(
    texts: &[String],
    compiled: &Compiled,
    reach: &Reach<'_>,
) -> Result<Option<PartySet>, Failure> {
    let report = |reason: NotASelection| Failure::Report(reason.into());
    let mut found = Vec::new();
    for text in texts {
        let selection = Selection::parse(text).map_err(report)?;
        found.extend(selection.find(compiled, reach).map_err(report)?);
    }
    Ok((!texts.is_empty()).then(|| found.into_iter().collect()))
}

fn every_workload(reach: &Reach<'_>) -> PartySet {
    let workloads = reach
        .numbered()
        .filter(|(_, party)| party.kind == ztc_reach::PartyKind::Workload);
    workloads.map(|(id, _)| id).collect()
}

fn port(text: &str) -> Result<(ztc_abi::Protocol, u16), Failure> {
    let asked = Question::new("", "", text).and_then(|one| Ok((one.protocol()?, one.port)));
    asked.map_err(|reason| {
        let help = reason.advice();
        Failure::Report(miette::miette!(help = help, "{reason}"))
    })
}
