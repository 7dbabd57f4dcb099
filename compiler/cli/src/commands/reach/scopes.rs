//! The flags that keep some connections and leave out others.
//!
//! Must not know how connections are shown.

use ztc_reach::{PartySet, Reach, Scope};

use crate::{
    args::{DirectionChoice, ReachArgs, ReachFormat},
    exit::Failure,
    ports,
    selection::Finder,
};

/// Scopes that together hold the connections that are asked for, each once.
pub(super) fn of(
    args: &ReachArgs,
    finder: &Finder<'_, '_>,
    reach: &Reach<'_>,
) -> Result<Vec<Scope>, Failure> {
    let find = |texts: &[String]| select(texts, finder);
    let everything = Scope::everything(reach);
    let whole = Scope {
        from: find(&args.from)?.unwrap_or(everything.from),
        to: find(&args.to)?.unwrap_or(everything.to),
        ports: ports::of_flag(&args.port)?,
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

fn select(texts: &[String], finder: &Finder<'_, '_>) -> Result<Option<PartySet>, Failure> {
    let mut found = Vec::new();
    for text in texts {
        found.extend(finder.select(text)?);
    }
    Ok((!texts.is_empty()).then(|| found.into_iter().collect()))
}

fn every_workload(reach: &Reach<'_>) -> PartySet {
    let workloads = reach
        .numbered()
        .filter(|(_, party)| party.kind == ztc_reach::PartyKind::Workload);
    workloads.map(|(id, _)| id).collect()
}
