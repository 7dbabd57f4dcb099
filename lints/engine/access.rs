//! Questions to the decisions: what a peer gets, and whether any of some ports is let through.

use ztc_policy::{
    Analysis, Graph, Resolved,
    graph::{Cell, Row, Verdict},
    model::{PortTerm, Ports, Protocol, Rule},
    resolve::PeerIndex,
};

/// Whether a peer gets through on any port of a rule that is about a class, all rules considered.
pub(crate) fn gets_through(analysis: &Analysis, rule: &Rule, class: u32, peer: PeerIndex) -> bool {
    let row = if rule.audit {
        analysis.graph.shadow(class, rule.direction)
    } else {
        analysis.graph.row(class, rule.direction)
    };
    let Some(row) = row else {
        return true;
    };
    let cell = cell_of(row, peer, &analysis.resolved);
    let is_open = |protocol, ports| lets_through(&analysis.graph, &cell, protocol, ports);
    let Ports::Terms(terms) = &rule.ports else {
        return Protocol::ALL
            .iter()
            .any(|protocol| is_open(*protocol, (0, u16::MAX)));
    };
    terms.iter().any(|(term, _)| match term {
        PortTerm::Whole(protocol) => is_open(*protocol, (0, u16::MAX)),
        PortTerm::Range(protocol, first, last) => is_open(*protocol, (*first, *last)),
        PortTerm::Named(id) => {
            let known = analysis.resolved.classes.classes.get(class as usize);
            let number = known.and_then(|class| class.port(*id));
            let port = analysis.model.named_ports.get(id.0 as usize);
            number
                .zip(port)
                .is_some_and(|(number, port)| is_open(port.protocol, (number, number)))
        }
    })
}

/// What a row says to a peer.
fn cell_of(row: &Row, peer: PeerIndex, resolved: &Resolved) -> Cell {
    let group = resolved.groups.of(peer);
    let single = row
        .peers
        .binary_search_by_key(&peer, |(peer, _)| *peer)
        .ok();
    let grouped = row
        .groups
        .binary_search_by_key(&group, |(group, _)| *group)
        .ok();
    let single = single
        .and_then(|index| row.peers.get(index))
        .map(|(_, cell)| *cell);
    let grouped = grouped
        .and_then(|index| row.groups.get(index))
        .map(|(_, cell)| *cell);
    let kind = if resolved.universe.is_outside(peer) {
        row.outside
    } else {
        row.inside
    };
    single.or(grouped).unwrap_or(kind)
}

/// Whether a cell lets any of these ports through, inclusive.
pub(crate) fn lets_through(
    graph: &Graph,
    cell: &Cell,
    protocol: Protocol,
    ports: (u16, u16),
) -> bool {
    let port_map = cell
        .port_map
        .and_then(|index| graph.port_maps.get(index as usize));
    let slot = Protocol::ALL.iter().position(|known| *known == protocol);
    let protocol_map = port_map
        .zip(slot)
        .and_then(|(map, slot)| map.protocols.get(slot));
    let Some(map) = protocol_map else {
        return is_open(cell.rest);
    };
    let (first, last) = ports;
    let special = || {
        map.ranges
            .iter()
            .filter(|(low, high, _)| *low <= last && *high >= first)
    };
    if special().any(|(_, _, verdict)| is_open(*verdict)) {
        return true;
    }
    let n_special: u32 = special()
        .map(|(low, high, _)| u32::from(*high.min(&last)) - u32::from(*low.max(&first)) + 1)
        .sum();
    let n_asked = u32::from(last) - u32::from(first) + 1;
    n_special < n_asked && is_open(map.whole.unwrap_or(cell.rest))
}

fn is_open(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Allow(_) | Verdict::BuiltIn)
}
