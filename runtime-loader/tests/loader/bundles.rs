//! Bundles made by hand: a server that only some clients may talk to, on some ports.
//!
//! The compiler is not asked: these tests are about the loader, whatever a bundle says.

use std::net::IpAddr;

use ztc_abi::{Action, Direction, Peer, Protocol, Verdict, ports::FIRST_PORT_CLASS};
use ztc_bundle::{
    AddressRecord, ClassRecord, Contents, DecisionRecord, IsolationRecord, MeaningRecord,
    MetaRecord, PolicyRecord, PortRecord, PrefixRecord, ProbeRecord, RequirementRecord,
    ReservedRecord, RuleRecord, SelectorRecord, SignatureRecord, ValueRecord, VerdictRecord,
};

use crate::audited;

/// The pods, by their `app` label; each is a class of its own.
pub(crate) const APPS: [&str; 4] = ["a", "b", "c", "server"];
/// The place of the server in [`APPS`].
pub(crate) const SERVER: usize = 3;

/// The addresses of a pod.
pub(crate) fn addresses(app: usize) -> [IpAddr; 2] {
    let last = u8::try_from(app).expect("few pods") + 1;
    [
        IpAddr::from([10, 9, 0, last]),
        IpAddr::from([0xfd09, 0, 0, 0, 0, 0, 0, u16::from(last)]),
    ]
}

/// Who may talk to the server, on what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allow {
    /// The client's place in [`APPS`].
    pub(crate) from: usize,
    /// The protocol.
    pub(crate) protocol: Protocol,
    /// The port.
    pub(crate) port: u16,
}

/// The same on TCP and UDP.
pub(crate) fn allow(from: usize, port: u16) -> [Allow; 2] {
    [Protocol::Tcp, Protocol::Udp].map(|protocol| Allow {
        from,
        protocol,
        port,
    })
}

const GROUP: u32 = Peer::FIRST_GROUP;
const CLUSTER: &str = "default";
/// Every text but the names.
const TEXTS: [&str; 14] = [
    "",
    "any",
    "app",
    "rule",
    "spec",
    "CiliumNetworkPolicy",
    CLUSTER,
    // What `audited` needs.
    "NetworkPolicy",
    "frozen",
    "frozen.yaml",
    audited::LOG,
    audited::NODE,
    "l7",
    "policy-cidr-match-mode=nodes",
];

/// The contents of a bundle with one policy, which isolates the server for ingress with its first
/// rule and allows something with each of the others. The rule of `allows[i]` is written in line
/// `20 + i`.
pub(crate) fn contents(policy: &str, allows: &[Allow]) -> Contents {
    let file = format!("policies/{policy}.yaml");
    let names = APPS.map(|app| format!("default/{app}"));
    let mut strings: Vec<String> = TEXTS
        .into_iter()
        .chain(APPS)
        .chain(names.iter().map(String::as_str))
        .chain([policy, file.as_str()])
        .map(String::from)
        .collect();
    strings.sort();
    strings.dedup();
    let id = |of: &str| text(&strings, of);
    let mut contents = Contents {
        meta: MetaRecord {
            cluster: id(CLUSTER),
            n_workloads: n(APPS.len()),
            n_rows: 1,
            ..MetaRecord::default()
        },
        prefixes: vec![world(4, Peer::WORLD_IPV4), world(6, Peer::WORLD_IPV6)],
        reserved: Peer::RESERVED
            .map(|peer| ReservedRecord {
                peer: peer.0,
                group: GROUP,
            })
            .to_vec(),
        policies: vec![PolicyRecord {
            kind: id("CiliumNetworkPolicy"),
            namespace: id(CLUSTER),
            name: id(policy),
            file: id(&file),
            line: 4,
            column: 9,
        }],
        isolations: vec![IsolationRecord { row: 1, rule: 1 }],
        ..Contents::default()
    };
    for place in 0..APPS.len() {
        let requirement = [id("any"), id("app"), id(APPS[place])];
        pod(&mut contents, place, requirement, id(&names[place]));
    }
    contents.addresses.sort_by_key(|record| record.address);
    rules(&mut contents, allows, id(&file), id("spec"), id("rule"));
    ports(&mut contents, allows);
    decisions(&mut contents, allows);
    contents.strings = strings;
    contents
}

/// The number of a text.
pub(crate) fn text(strings: &[String], of: &str) -> u32 {
    let found = strings.binary_search_by(|known| known.as_str().cmp(of));
    n(found.expect("the text is in the list"))
}

/// A pod, its class, and the selector that tells it apart: source, key and value of a label.
fn pod(contents: &mut Contents, place: usize, [source, key, text]: [u32; 3], name: u32) {
    contents.values.push(ValueRecord { text });
    contents.requirements.push(RequirementRecord {
        source,
        key,
        first_value: n(place),
        n_values: 1,
        operator: 0,
    });
    contents.selectors.push(SelectorRecord {
        first_requirement: n(place),
        n_requirements: 1,
    });
    contents
        .signatures
        .push(SignatureRecord { selector: n(place) });
    contents.classes.push(ClassRecord {
        class: class(place),
        group: GROUP,
        row_ingress: u32::from(place == SERVER),
        shadow_ingress: u32::from(place == SERVER),
        first_selector: n(place),
        n_selectors: 1,
        example: name,
        n_members: 1,
        ..ClassRecord::default()
    });
    let addresses = addresses(place).map(|address| AddressRecord {
        address: wire(address),
        peer: class(place),
        group: GROUP,
        own_peer: class(place),
        own_group: GROUP,
        name,
        node: 0,
        is_node: 0,
    });
    contents.addresses.extend(addresses);
}

/// The bytes of such a bundle.
pub(crate) fn bundle(policy: &str, allows: &[Allow]) -> Vec<u8> {
    ztc_bundle::encode(&contents(policy, allows)).expect("the contents are sound")
}

fn rules(contents: &mut Contents, allows: &[Allow], file: u32, path: u32, summary: u32) {
    for place in 0..=allows.len() {
        contents.rules.push(RuleRecord {
            policy: 0,
            file,
            line: 19 + n(place),
            column: 7,
            end_line: 19 + n(place),
            end_column: 12,
            path,
            summary,
            direction: Direction::Ingress as u8,
            action: Action::Allow as u8,
            isolates: u8::from(place == 0),
            tier: 1,
            ..RuleRecord::default()
        });
        contents.meanings.push(MeaningRecord::default());
    }
}

/// A port class for each port that is allowed to somebody.
fn ports(contents: &mut Contents, allows: &[Allow]) {
    let mut ports: Vec<_> = allows.iter().map(|a| (a.protocol as u8, a.port)).collect();
    ports.sort_unstable();
    ports.dedup();
    let classes = ports.iter().zip(FIRST_PORT_CLASS..);
    let ranges = classes.map(|(&(protocol, port), class)| PortRecord {
        protocol,
        zero: 0,
        class,
        start: port,
        end: port,
    });
    contents.ports = ranges.collect();
    contents.meta.n_port_classes = u32::from(FIRST_PORT_CLASS) + n(ports.len());
}

/// One port map per client that is allowed something; everybody else gets the default deny.
fn decisions(contents: &mut Contents, allows: &[Allow]) {
    let denied = Verdict::new(Action::NotAllowed, 1).0;
    let known = contents.ports.clone();
    let class_of = |allow: &Allow| {
        let mut known = known.iter();
        let found = known.find(|p| (p.protocol, p.start) == (allow.protocol as u8, allow.port));
        found.expect("every port has a class").class
    };
    let mut decide = |peer: u32, port_map: u32, rest: u32| {
        contents.decisions.push(DecisionRecord {
            row: 1,
            peer,
            port_map,
            rest,
        });
    };
    decide(Peer::ANY_INSIDE.0, 0, denied);
    decide(Peer::HOST.0, 0, Verdict::BUILT_IN_ALLOW.0);
    decide(Peer::ANY_OUTSIDE.0, 0, denied);
    let mut n_port_maps = 0;
    for place in 0..APPS.len() {
        let mut own: Vec<_> = (0u32..)
            .zip(allows)
            .filter(|(_, allow)| allow.from == place)
            .map(|(index, allow)| {
                (
                    class_of(allow),
                    Verdict::new(Action::Allow, index + 2).0,
                    allow,
                )
            })
            .collect();
        if own.is_empty() {
            contents
                .probes
                .extend(probes(place, Protocol::Tcp, 8080, denied));
            continue;
        }
        own.sort_by_key(|(class, ..)| *class);
        n_port_maps += 1;
        contents.decisions.push(DecisionRecord {
            row: 1,
            peer: class(place),
            port_map: n_port_maps,
            rest: denied,
        });
        for (port_class, verdict, allow) in own {
            contents.verdicts.push(VerdictRecord {
                port_map: n_port_maps,
                port_class: port_class.into(),
                verdict,
            });
            let asked = probes(place, allow.protocol, allow.port, verdict);
            contents.probes.extend(asked);
        }
    }
    contents.meta.n_port_maps = n_port_maps;
    contents.probes.sort_unstable();
}

fn probes(from: usize, protocol: Protocol, port: u16, verdict: u32) -> [ProbeRecord; 2] {
    addresses(from).map(|address| ProbeRecord {
        address: wire(address),
        row: 1,
        verdict,
        peer: class(from),
        port,
        protocol: protocol as u8,
        direction: Direction::Ingress as u8,
    })
}

fn world(family: u32, peer: Peer) -> PrefixRecord {
    PrefixRecord {
        address: [0; 16],
        family,
        length: 0,
        peer: peer.0,
        group: GROUP,
    }
}

fn class(place: usize) -> u32 {
    Peer::FIRST_CLASS + n(place)
}

/// An address as the kernel's maps have it.
pub(crate) fn wire(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn n(number: usize) -> u32 {
    u32::try_from(number).expect("few of them")
}
