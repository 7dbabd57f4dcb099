//! Rows to the decision table, and what isolates each row.

use ztc_abi::{Peer, decide::Decision};
use ztc_bundle::{Contents, DecisionRecord, IsolationRecord};
use ztc_policy::{Analysis, graph::Cell};

use crate::numbers;

/// Fills the sections `decisions` and `isolations`.
pub(crate) fn lower(analysis: &Analysis, contents: &mut Contents) {
    let universe = &analysis.resolved.universe;
    for (row, says) in (1u32..).zip(&analysis.graph.rows) {
        let mut push = |peer: Peer, cell: &Cell| {
            contents.decisions.push(DecisionRecord {
                row,
                peer: peer.0,
                port_map: port_map(analysis, cell),
                rest: numbers::verdict(cell.rest).0,
            });
        };
        push(Peer::ANY_INSIDE, &says.inside);
        push(Peer::ANY_OUTSIDE, &says.outside);
        for (group, cell) in &says.groups {
            push(numbers::group(*group), cell);
        }
        for (peer, cell) in &says.peers {
            push(numbers::peer(universe, *peer), cell);
        }
        contents.isolations.extend(
            says.isolating
                .iter()
                .map(|rule| IsolationRecord { row, rule: rule.0 }),
        );
    }
    contents.decisions.sort_unstable();
}

fn port_map(analysis: &Analysis, cell: &Cell) -> u32 {
    let Some(index) = cell.port_map else { return 0 };
    let by_protocol = analysis
        .graph
        .port_maps
        .get(index as usize)
        .is_some_and(|map| map.protocols.iter().any(|says| says.whole.is_some()));
    (index + 1)
        | if by_protocol {
            Decision::BY_PROTOCOL
        } else {
            0
        }
}
