//! Each thing that a reader refuses although all digests are right, by name.

use ztc_abi::Peer;
use ztc_bundle::{Contents, EncodeError, SelectorRecord, encode};

use crate::full;

/// The message that full contents give after this change.
#[track_caller]
pub(crate) fn refused(change: impl Fn(&mut Contents)) -> String {
    let mut contents = full();
    change(&mut contents);
    match encode(&contents) {
        Err(EncodeError::NotReadable(error)) => error.to_string(),
        other => panic!("written all the same: {:?}", other.map(|bytes| bytes.len())),
    }
}

#[track_caller]
pub(crate) fn check(change: impl Fn(&mut Contents), expected: &str) {
    let message = refused(change);
    assert!(
        message.starts_with(expected),
        "{message}\nwanted: {expected}"
    );
}

#[test]
fn ids_ranges_and_numbers_stand_for_something() {
    check(
        |c| c.meta.cluster = 9999,
        "section `meta`, record 0, `cluster`: 9999 is not one of",
    );
    check(
        |c| c.meta.n_port_classes = 7,
        "section `meta`, record 0, `n_port_classes`: 7 is not in",
    );
    check(
        |c| c.values[0].text = 9999,
        "section `values`, record 0, `text`",
    );
    check(
        |c| c.requirements[1].operator = 4,
        "section `requirements`, record 1, `operator`: 4 ",
    );
    check(
        |c| c.selectors[1].first_requirement += 1,
        "section `selectors`, record 1, `first_req",
    );
    check(
        |c| c.named_ports[0].protocol = 5,
        "section `named_ports`, record 0, `protocol`",
    );
    check(
        |c| c.classes[1].class += 1,
        "section `classes`, record 1, `class`: 258 instead of 257",
    );
    check(
        |c| c.classes[0].n_selectors += 1,
        "section `classes`, record ",
    );
    check(
        |c| c.classes[0].row_egress = 99,
        "section `classes`, record 0, `row_egress`: 99",
    );
    check(
        |c| c.classes[0].group = 5,
        "section `classes`, record 0, `group`: 5 means nothing",
    );
    check(
        |c| c.signatures[0].selector = 999,
        "section `signatures`, record 0, `selector`",
    );
    check(
        |c| c.class_ports[0].port = 65536,
        "section `class_ports`, record 0, `port`: 65536",
    );
    check(
        |c| c.endpoints[0].class = 255,
        "section `endpoints`, record 0, `class`",
    );
    check(
        |c| c.addresses[0].peer = Peer::HOST.0,
        "section `addresses`, record 0, ",
    );
    check(
        |c| c.addresses[0].group += 1,
        "section `addresses`, record 0, `group`",
    );
    check(
        |c| c.probes[0].row = 0,
        "section `probes`, record 0, `row`: 0 is not in 1..",
    );
    check(
        |c| c.probes[0].direction = 2,
        "section `probes`, record 0, `direction`: 2 means",
    );
    check(
        |c| c.rules[0].action = 0,
        "section `rules`, record 0, `action`: 0 is not in 1..=3",
    );
    check(
        |c| c.rules[0].policy = 99,
        "section `rules`, record 0, `policy`",
    );
    check(|c| c.rules[0].line = 0, "section `rules`, record 0, `line`");
    check(
        |c| c.rules[0].end_line = 0,
        "section `rules`, record 0, `end_line`",
    );
    check(
        |c| c.policies[0].column = 0,
        "section `policies`, record 0, `column`",
    );
    check(
        |c| c.isolations[0].rule = 9999,
        "section `isolations`, record 0, `rule`",
    );
    check(
        |c| c.ports[0].class = 7,
        "section `ports`, record 0, `class`: 7 is not in 8..",
    );
    check(
        |c| c.ports[0].zero = 1,
        "section `ports`, record 0, `zero`: 1 instead of 0",
    );
    check(
        |c| c.ports[0].start = c.ports[0].end + 1,
        "section `ports`, record 0, `end`",
    );
    check(
        |c| c.verdicts[0].verdict = 3 << 30,
        "section `verdicts`, record 0, `verdict`",
    );
    check(
        |c| c.decisions[0].rest = 0x3fff_ffff,
        "section `decisions`, record 0, `rest`",
    );
    check(
        |c| c.decisions[0].port_map = 99,
        "section `decisions`, record 0, `port_map`: 99",
    );
    check(
        |c| c.decisions[0].port_map = 1 << 31,
        "section `decisions`, record 0, `port_map`: 0",
    );
}

#[test]
fn every_row_says_something_of_any_peer() {
    check(
        |c| {
            let outside = Peer::ANY_OUTSIDE.0;
            let first = c.decisions.iter().position(|record| record.peer == outside);
            c.decisions.remove(first.expect("every row has one"));
        },
        "section `decisions`, record ",
    );
    check(
        |c| c.decisions[0].peer = 1,
        "section `decisions`, record 0, `peer`: 1 instead of 0",
    );
    check(|c| c.meta.n_rows += 1, "section `decisions`, record ");
    check(|c| c.decisions.clear(), "section `");
    check(
        |c| c.decisions[0].row = 0,
        "section `decisions`, record 0, `row`: 0 is not in 1..",
    );
}

#[test]
fn both_families_have_a_catch_all_and_prefixes_are_masked() {
    check(
        |c| c.prefixes.retain(|p| (p.family, p.length) != (4, 0)),
        "section `prefixes`, record ",
    );
    check(
        |c| c.prefixes[1].address = [0xff; 16],
        "section `prefixes`, record 1, `address`: the ad",
    );
    check(
        |c| c.prefixes[0].length = 33,
        "section `prefixes`, record 0, `length`: 33",
    );
    check(
        |c| c.prefixes[0].family = 5,
        "section `prefixes`, record 0, `family`: 5 means",
    );
    check(
        |c| c.prefixes[0].peer = Peer::WORLD_IPV6.0,
        "section `prefixes`, record 0, `peer`",
    );
    check(
        |c| c.reserved.truncate(10),
        "section `reserved`, record 10, `records`: 10 instead of 11",
    );
}

#[test]
fn tables_are_sorted_and_name_nothing_twice() {
    check(
        |c| c.strings.swap(1, 2),
        "section `strings`, record 2, `text`: it is not after",
    );
    check(
        |c| c.strings[0] = "!".into(),
        "section `strings`, record 0, `text`: there is no empty",
    );
    check(
        |c| {
            // One that selects everything sorts first.
            let first_requirement = u32::try_from(c.requirements.len()).expect("they are few");
            c.selectors.push(SelectorRecord {
                first_requirement,
                n_requirements: 0,
            });
        },
        "section `selectors`, record ",
    );
    check(
        |c| c.named_ports.swap(0, 1),
        "section `named_ports`, record 1, `name`: it is not after",
    );
    check(
        |c| c.endpoints.swap(0, 1),
        "section `endpoints`, record 1, `name`: it is not after",
    );
    check(
        |c| c.addresses[1] = c.addresses[0],
        "section `addresses`, record 1, `address`: it is",
    );
    check(
        |c| c.policies.swap(0, 1),
        "section `policies`, record 1, `name`: it is not after",
    );
    check(
        |c| c.isolations.swap(0, 1),
        "section `isolations`, record 1, `rule`: it is not after",
    );
    check(
        |c| c.probes.swap(0, 1),
        "section `probes`, record 1, `probe`: it is not after",
    );
    check(
        |c| c.ports[1] = c.ports[0],
        "section `ports`, record 1, `start`: it is not after",
    );
    check(
        |c| c.verdicts[1] = c.verdicts[0],
        "section `verdicts`, record 1, `port_class`",
    );
    check(
        |c| c.decisions[1] = c.decisions[0],
        "section `decisions`, record 1, `peer`",
    );
    check(
        |c| c.rules[0].policy = 1,
        "section `rules`, record 1, `policy`: it is not after",
    );
    check(
        |c| c.networks[1] = c.networks[0],
        "section `networks`, record 1, `address`: it is not after",
    );
    check(
        |c| c.node_classes.swap(0, 1),
        "section `node_classes`, record 1, `peer`: it is not after",
    );
    check(
        |c| c.degradations.swap(0, 1),
        "section `degradations`, record 1, `name`: it is not after",
    );
}

#[test]
fn two_classes_are_told_apart_by_selectors_or_ports() {
    let duplicate = |c: &mut Contents| {
        let last = *c.classes.last().expect("it is full");
        c.classes.push(ztc_bundle::ClassRecord {
            class: last.class + 1,
            first_selector: last.first_selector + last.n_selectors,
            first_port: last.first_port + last.n_ports,
            first_network: last.first_network + last.n_networks,
            ..last
        });
        let (first, end) = (last.first_selector, last.first_selector + last.n_selectors);
        c.signatures
            .extend_from_within(first as usize..end as usize);
        let (first, end) = (last.first_port, last.first_port + last.n_ports);
        c.class_ports
            .extend_from_within(first as usize..end as usize);
        let (first, end) = (last.first_network, last.first_network + last.n_networks);
        c.class_networks
            .extend_from_within(first as usize..end as usize);
    };
    let message = refused(duplicate);
    assert!(
        message.ends_with("`selectors, ports and networks`: it equals another one"),
        "{message}"
    );
}
