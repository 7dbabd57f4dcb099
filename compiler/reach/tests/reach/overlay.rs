//! What both sides say of ports, laid on top of each other.

use ztc_abi::{Action, Peer, Protocol, Verdict, decide::Decision, ports::FIRST_PORT_CLASS};
use ztc_bundle::{
    ClassRecord, Contents, DecisionRecord, EndpointRecord, MetaRecord, PortRecord, VerdictRecord,
    encode_file, testing,
};
use ztc_reach::{IdentityId, Reach};

const ALLOW: Action = Action::Allow;
const REFUSE: Action = Action::NotAllowed;

/// Port classes after the first ones.
const RANGES: [(u16, Protocol, u16, u16); 5] = [
    (0, Protocol::Tcp, 80, 80),
    (0, Protocol::Tcp, 443, 443),
    (1, Protocol::Tcp, 8000, 8999),
    (2, Protocol::Udp, 53, 53),
    (3, Protocol::Icmp, 8, 8),
];

/// 80/TCP and 443/TCP.
const WEB: u32 = FIRST_PORT_CLASS as u32;
/// 8000-8999/TCP.
const HIGH: u32 = WEB + 1;
/// 53/UDP.
const DNS: u32 = WEB + 2;
/// 8/ICMP.
const PING: u32 = WEB + 3;

/// All of TCP, and all of ICMP.
const TCP: u32 = Protocol::Tcp as u32;
const ICMP: u32 = Protocol::Icmp as u32;

/// What a row says of everybody: of port classes (or, under a protocol's index, of whole
/// protocols), and of the rest.
struct Row<'a> {
    classes: &'a [(u32, Action)],
    rest: Action,
}

/// Pods of one class: row 1 is for egress, row 2 for ingress.
fn contents(rows: [Row<'_>; 2]) -> Contents {
    let mut contents = testing::contents(3);
    contents = Contents {
        meta: MetaRecord {
            n_rows: 2,
            n_port_maps: 2,
            n_port_classes: PING + 1,
            labels: 0,
            options: 0,
            ..contents.meta
        },
        strings: contents.strings,
        reserved: contents.reserved,
        prefixes: contents.prefixes,
        ..Contents::default()
    };
    contents.ports = RANGES
        .map(|(class, protocol, start, end)| PortRecord {
            protocol: protocol as u8,
            zero: 0,
            class: FIRST_PORT_CLASS + class,
            start,
            end,
        })
        .into();
    contents.meta.n_port_maps = 0;
    for (number, row) in (1..).zip(&rows) {
        let verdict = |action: Action| Verdict::new(action, 0).0;
        let mut port_map = 0;
        if !row.classes.is_empty() {
            contents.meta.n_port_maps += 1;
            port_map = contents.meta.n_port_maps;
        }
        let says = row.classes.iter().map(|(class, action)| VerdictRecord {
            port_map,
            port_class: *class,
            verdict: verdict(*action),
        });
        contents.verdicts.extend(says);
        if row.classes.iter().any(|(class, _)| *class < WEB) {
            port_map |= Decision::BY_PROTOCOL;
        }
        for peer in [Peer::ANY_INSIDE, Peer::ANY_OUTSIDE] {
            contents.decisions.push(DecisionRecord {
                row: number,
                peer: peer.0,
                port_map,
                rest: verdict(row.rest),
            });
        }
    }
    contents.decisions.sort();
    contents.classes = vec![ClassRecord {
        class: Peer::FIRST_CLASS,
        group: Peer::FIRST_GROUP + 2,
        row_ingress: 2,
        row_egress: 1,
        shadow_ingress: 2,
        shadow_egress: 1,
        first_selector: 0,
        n_selectors: 0,
        first_port: 0,
        n_ports: 0,
        first_network: 0,
        n_networks: 0,
        example: 0,
        n_members: 2,
    }];
    let endpoint = |name| EndpointRecord {
        name,
        class: Peer::FIRST_CLASS,
        node: 0,
    };
    contents.endpoints = vec![endpoint(1), endpoint(2)];
    testing::complete(contents)
}

/// What two pods of the class may say to each other.
fn permitted(egress: Row<'_>, ingress: Row<'_>) -> String {
    let file = encode_file(&contents([egress, ingress])).expect("it can be encoded");
    let bundle = file.view();
    let reach = Reach::new(&bundle);
    let pods = IdentityId(0);
    let traffic = reach.between(pods, pods);
    for protocol in Protocol::ALL {
        let last = match protocol {
            Protocol::Icmp | Protocol::Icmpv6 => 255,
            _ => u16::MAX,
        };
        for port in 0..=last {
            let judged = reach.judge(pods, pods, protocol, port).is_allow();
            assert_eq!(
                traffic.ports().contains(protocol, port),
                judged,
                "{port} {protocol:?}"
            );
        }
    }
    traffic.ports().to_string()
}

const fn row(classes: &[(u32, Action)], rest: Action) -> Row<'_> {
    Row { classes, rest }
}

#[test]
fn only_what_both_sides_let_through_passes() {
    let web = row(&[(WEB, ALLOW), (HIGH, ALLOW)], REFUSE);
    let high = row(&[(HIGH, ALLOW), (DNS, ALLOW)], REFUSE);
    assert_eq!(permitted(web, high), "8000-8999/TCP");
    let web = row(&[(WEB, ALLOW)], REFUSE);
    assert_eq!(permitted(web, row(&[], ALLOW)), "80/TCP, 443/TCP");
    let web = row(&[(WEB, ALLOW)], REFUSE);
    assert_eq!(permitted(web, row(&[(DNS, ALLOW)], REFUSE)), "nothing");
    assert_eq!(permitted(row(&[], ALLOW), row(&[], ALLOW)), "everything");
}

#[test]
fn a_port_that_is_refused_is_cut_out_of_the_rest() {
    let but_high = row(&[(HIGH, REFUSE)], ALLOW);
    assert_eq!(
        permitted(but_high, row(&[], ALLOW)),
        "everything but 8000-8999/TCP"
    );
}

#[test]
fn a_whole_protocol_is_between_its_ports_and_the_rest() {
    let tcp_but_web = row(&[(TCP, ALLOW), (WEB, REFUSE)], REFUSE);
    assert_eq!(
        permitted(tcp_but_web, row(&[], ALLOW)),
        "0-79/TCP, 81-442/TCP, 444-65535/TCP"
    );
    let no_tcp_but_web = row(&[(TCP, REFUSE), (WEB, ALLOW)], ALLOW);
    assert_eq!(
        permitted(row(&[], ALLOW), no_tcp_but_web),
        "everything but 0-79/TCP, 81-442/TCP, 444-65535/TCP"
    );
}

#[test]
fn types_of_icmp_end_where_they_do() {
    let ping = row(&[(PING, ALLOW)], REFUSE);
    assert_eq!(permitted(ping, row(&[], ALLOW)), "8/ICMP");
    let no_ping = row(&[(ICMP, ALLOW), (PING, REFUSE)], REFUSE);
    assert_eq!(permitted(no_ping, row(&[], ALLOW)), "0-7/ICMP, 9-255/ICMP");
}
