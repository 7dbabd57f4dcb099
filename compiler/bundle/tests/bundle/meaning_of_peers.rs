//! Each thing that a reader refuses of networks, nodes, shadow rows, tiers and degradations.

use ztc_abi::{Action, Peer, Verdict};
use ztc_bundle::{ClassNetworkRecord, ClassRecord, Contents, RuleRecord};

use crate::meaning::check;

/// The first address of a node, or of a pod.
fn first(contents: &Contents, is_node: u32) -> usize {
    let mut addresses = contents.addresses.iter();
    let found = addresses.position(|record| record.is_node == is_node);
    found.expect("full contents have both")
}

#[test]
fn networks_are_masked_and_classes_name_them() {
    check(
        |c| c.networks[0].family = 5,
        "section `networks`, record 0, `family`: 5 means nothing",
    );
    check(
        |c| c.networks[0].length = 129,
        "section `networks`, record 0, `length`: 129",
    );
    check(
        |c| (c.networks[0].length, c.networks[0].address) = (1, [0xff; 16]),
        "section `networks`, record 0, `address`: the address has bits",
    );
    check(
        |c| c.class_networks[0].network = 99,
        "section `class_networks`, record 0, `network`",
    );
    check(
        |c| c.classes[0].first_network = 99,
        "section `classes`, record 0, `first_network`: 99 instead of 0",
    );
    check(
        |c| {
            c.class_networks.pop();
        },
        "section `classes`, record ",
    );
}

#[test]
fn classes_that_differ_in_networks_only_have_the_same_rows() {
    let refused = crate::meaning::refused(|c| {
        // In another number of networks than the last class.
        let last = *c.classes.last().expect("it is full");
        let n_networks = u32::from(last.n_networks != 1);
        let class = ClassRecord {
            class: last.class + 1,
            first_selector: last.first_selector + last.n_selectors,
            first_port: last.first_port + last.n_ports,
            first_network: last.first_network + last.n_networks,
            n_networks,
            row_ingress: u32::from(last.row_ingress == 0),
            ..last
        };
        c.classes.push(class);
        let (from, to) = (last.first_selector, class.first_selector);
        c.signatures.extend_from_within(from as usize..to as usize);
        let (from, to) = (last.first_port, class.first_port);
        c.class_ports.extend_from_within(from as usize..to as usize);
        let networks = (0..n_networks).map(|network| ClassNetworkRecord { network });
        c.class_networks.extend(networks);
    });
    let says = "`rows`: they are not those of the class with the same selectors and ports";
    assert!(refused.ends_with(says), "{refused}");
}

#[test]
fn shadow_rows_are_rows() {
    check(
        |c| c.classes[0].shadow_ingress = 99,
        "section `classes`, record 0, `shadow_ingress`: 99",
    );
    check(
        |c| c.classes[0].shadow_egress = 99,
        "section `classes`, record 0, `shadow_egress`: 99",
    );
}

#[test]
fn a_node_class_is_a_pair_of_peers() {
    check(
        |c| c.node_classes[0].peer += 1,
        "section `node_classes`, record 0, `peer`",
    );
    check(
        |c| c.node_classes[0].peer = Peer::FIRST_ADDRESS_CLASS,
        "section `node_classes`, record 0, `peer`",
    );
    check(
        |c| c.node_classes[0].own_peer += 1,
        "section `node_classes`, record 0, `own_peer`",
    );
    check(
        |c| c.node_classes[0].own_group = 3,
        "section `node_classes`, record 0, `own_group`: 3 means nothing",
    );
    check(
        |c| c.node_classes[0].example = 9999,
        "section `node_classes`, record 0, `example`",
    );
    check(
        |c| {
            let last = c.decisions.iter_mut().rfind(|record| {
                Peer(record.peer).is_group() || Peer(record.peer).is_address_class()
            });
            last.expect("there is one").peer = Peer::END_NODE - 1;
        },
        "section `decisions`, record ",
    );
}

#[test]
fn an_address_has_a_peer_for_others_and_one_for_its_own_node() {
    for (own_peer, what) in [
        (Peer::REMOTE_NODE.0, "the node from elsewhere"),
        (Peer::FIRST_NODE, "a node class from elsewhere"),
        (Peer::FIRST_CLASS, "a pod class"),
        (Peer::WORLD_IPV4.0, "no node"),
    ] {
        let refused = crate::meaning::refused(|c| {
            let at = first(c, 1);
            c.addresses[at].own_peer = own_peer;
        });
        assert!(refused.contains("`own_peer`"), "{what}: {refused}");
    }
    for peer in [Peer::HOST.0, Peer::FIRST_NODE + 1, Peer::FIRST_CLASS] {
        let refused = crate::meaning::refused(|c| {
            let at = first(c, 1);
            c.addresses[at].peer = peer;
        });
        assert!(refused.contains("`peer`"), "{refused}");
    }
    let refused = crate::meaning::refused(|c| {
        let at = first(c, 1);
        c.addresses[at].own_group += 1;
    });
    assert!(refused.contains("`own_group`"), "{refused}");
    let refused = crate::meaning::refused(|c| {
        let at = first(c, 0);
        c.addresses[at].own_peer = Peer::HOST.0;
    });
    assert!(refused.contains("`own_peer`"), "{refused}");
    let refused = crate::meaning::refused(|c| {
        let at = first(c, 0);
        c.addresses[at].own_group += 1;
    });
    assert!(refused.contains("`own_group`"), "{refused}");
}

#[test]
fn a_rule_that_passes_is_in_no_verdict() {
    let pass = |c: &mut Contents| {
        c.rules[0].action = RuleRecord::PASS;
        Verdict::new(Action::Allow, 1).0
    };
    check(
        |c| c.decisions[0].rest = pass(c),
        "section `decisions`, record 0, `rest`: rule 1 passes, so it decides nothing",
    );
}

#[test]
fn rules_say_when_they_are_asked_and_whether_they_are_enforced() {
    check(
        |c| c.rules[0].action = 4,
        "section `rules`, record 0, `action`: 4",
    );
    check(
        |c| c.rules[0].audit = 2,
        "section `rules`, record 0, `audit`: 2",
    );
    check(
        |c| c.rules[0].tier = 3,
        "section `rules`, record 0, `tier`: 3",
    );
    check(
        |c| (c.rules[0].tier, c.rules[0].priority) = (1, 7),
        "section `rules`, record 0, `priority`: 7 is not in 0..=0",
    );
    check(
        |c| c.rules[0].log = 9999,
        "section `rules`, record 0, `log`: 9999",
    );
}

#[test]
fn parallel_sections_are_as_long_as_what_they_stand_beside() {
    let refused = |change: fn(&mut Contents), section: &str| {
        let message = crate::meaning::refused(change);
        let expected = format!("section `{section}`, record 0, `records`: ");
        assert!(message.starts_with(&expected), "{message}");
    };
    refused(|c| c.workloads.clear(), "workloads");
    refused(|c| c.workloads.push(c.workloads[0]), "workloads");
    refused(|c| c.meanings.truncate(1), "meanings");
    refused(|c| c.meanings.push(c.meanings[0]), "meanings");
    check(
        |c| c.workloads[1].workload = 9999,
        "section `workloads`, record 1, `workload`: 9999 is not one of",
    );
}

#[test]
fn degradations_name_rules_and_meta_has_a_filter() {
    check(
        |c| c.degradations[0].rule = 9999,
        "section `degradations`, record 0, `rule`: 9999",
    );
    check(
        |c| c.degradations[0].name = 9999,
        "section `degradations`, record 0, `name`",
    );
    check(
        |c| c.meta.options = 9999,
        "section `meta`, record 0, `options`",
    );
    check(
        |c| c.strings[c.meta.labels as usize].push_str(" a("),
        "section `meta`, record 0, `labels`: it is no label filter",
    );
    check(
        |c| c.strings[c.meta.labels as usize].push_str(&"x".repeat(5000)),
        "section `meta`, record 0, `labels`: it is no label filter",
    );
}
