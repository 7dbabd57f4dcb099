//! Pods to classes, as the compiler gave them.

use ztc_abi::{Peer, Protocol};
use ztc_bundle::*;
use ztc_identity::PodFacts;

/// Two selectors (`app=web`, `app=db`), one named port (`http`, TCP), two networks (10.0.0.0/8 and
/// 10.1.0.0/16), six classes.
fn contents() -> Contents {
    let strings = ["", "!app", "any", "app", "db", "http", "web"]
        .map(String::from)
        .into();
    let requirement = |first_value| RequirementRecord {
        source: 2,
        key: 3,
        first_value,
        n_values: 1,
        operator: 0,
    };
    let selector = |first_requirement| SelectorRecord {
        first_requirement,
        n_requirements: 1,
    };
    let group = Peer::FIRST_GROUP;
    let class = |class, first_selector, n_selectors, first_port, n_ports| ClassRecord {
        class,
        group,
        first_selector,
        n_selectors,
        first_port,
        n_ports,
        ..ClassRecord::default()
    };
    let inside = |class: ClassRecord, first_network, n_networks| ClassRecord {
        first_network,
        n_networks,
        ..class
    };
    let network = |second, length| {
        let mut address = [0; 16];
        (address[0], address[1]) = (10, second);
        NetworkRecord {
            address,
            family: 4,
            length,
        }
    };
    let reserved = |peer: Peer| ReservedRecord {
        peer: peer.0,
        group,
    };
    let prefix = |family, peer: Peer| PrefixRecord {
        family,
        peer: peer.0,
        group,
        ..PrefixRecord::default()
    };
    Contents {
        meta: MetaRecord {
            n_port_classes: 8,
            ..MetaRecord::default()
        },
        strings,
        selectors: vec![selector(0), selector(1)],
        requirements: vec![requirement(0), requirement(1)],
        values: vec![ValueRecord { text: 4 }, ValueRecord { text: 6 }],
        named_ports: vec![NamedPortRecord {
            name: 5,
            protocol: 0,
        }],
        classes: vec![
            class(256, 0, 0, 0, 0),
            class(257, 0, 1, 0, 0),
            class(258, 1, 1, 0, 1),
            class(259, 2, 1, 1, 0),
            inside(class(260, 3, 1, 1, 1), 0, 1),
            inside(class(261, 4, 1, 2, 1), 1, 2),
        ],
        signatures: [0, 1, 1, 1, 1]
            .map(|selector| SignatureRecord { selector })
            .into(),
        class_ports: vec![
            ClassPortRecord {
                named_port: 0,
                port: 8080,
            };
            3
        ],
        networks: vec![network(0, 8), network(1, 16)],
        class_networks: [0, 0, 1]
            .map(|network| ClassNetworkRecord { network })
            .into(),
        prefixes: vec![prefix(4, Peer::WORLD_IPV4), prefix(6, Peer::WORLD_IPV6)],
        reserved: Peer::RESERVED.map(reserved).into(),
        ..Contents::default()
    }
}

#[track_caller]
fn check(app: &str, ports: &[ContainerPort<'_>], expected: Peer) {
    check_at(&contents(), None, (app, ports), expected);
}

#[track_caller]
fn check_at(
    contents: &Contents,
    address: Option<&str>,
    (app, ports): (&str, &[ContainerPort<'_>]),
    expected: Peer,
) {
    let address = address.map(|text| text.parse().expect("it is an address"));
    let bytes = encode(contents).expect("they are valid");
    let bundle = Bundle::parse(&bytes).expect("it was just written");
    let labels = [
        ("app".into(), app.into()),
        ("irrelevant".into(), "x".into()),
    ];
    let facts = PodFacts {
        namespace: "shop",
        namespace_labels: &[],
        labels: &labels,
        service_account: "",
        cluster: "default",
    };
    let classifier = Classifier::new(&bundle);
    assert_eq!(classifier.classify(&facts, ports, address), expected);
    assert_eq!(
        classifier.batch().classify(&facts, ports, address),
        expected
    );
    assert!(classifier.knows_port("http", Protocol::Tcp));
    assert_eq!(classifier.selectors().len(), 2);
}

#[test]
fn labels_that_no_selector_asks_for_do_not_matter() {
    check("other", &[], Peer(256));
    check("db", &[], Peer(257));
}

#[test]
fn the_number_of_a_named_port_tells_classes_apart() {
    check("web", &[("http", Protocol::Tcp, 8080)], Peer(258));
    check("web", &[], Peer(259));
    check(
        "web",
        &[("http", Protocol::Udp, 8080), ("metrics", Protocol::Tcp, 9)],
        Peer(259),
    );
}

#[test]
fn of_two_numbers_for_one_name_the_first_counts() {
    let ports = [("http", Protocol::Tcp, 8080), ("http", Protocol::Tcp, 80)];
    check("web", &ports, Peer(258));
    let ports = [("http", Protocol::Tcp, 80), ("http", Protocol::Tcp, 8080)];
    check("web", &ports, Peer::UNCLASSIFIED);
}

#[test]
fn what_the_bundle_has_never_seen_is_unclassified() {
    check("web", &[("http", Protocol::Tcp, 1)], Peer::UNCLASSIFIED);
    check("db", &[("http", Protocol::Tcp, 8080)], Peer::UNCLASSIFIED);
}

#[test]
fn the_networks_of_an_address_tell_classes_apart() {
    let web = ("web", &[("http", Protocol::Tcp, 8080)][..]);
    for (address, expected) in [
        (None, Peer(258)),
        (Some("192.0.2.1"), Peer(258)),
        (Some("a00::"), Peer(258)),
        (Some("10.2.3.4"), Peer(260)),
        (Some("::ffff:10.2.3.4"), Peer(260)),
        (Some("10.1.3.4"), Peer(261)),
    ] {
        check_at(&contents(), address, web, expected);
    }
    // The bundle has seen no such pod there.
    let nowhere = ("db", &[][..]);
    check_at(&contents(), Some("10.2.3.4"), nowhere, Peer::UNCLASSIFIED);
}

#[test]
fn labels_that_the_filter_drops_are_not_there() {
    let mut contents = contents();
    contents.meta.labels = 1;
    check_at(&contents, None, ("web", &[]), Peer(256));
}
