//! ztc from text to bundle, in process, and a bundle's answers to questions about connections.

use std::net::IpAddr;

use ztc_abi::{Direction, Peer, PeerEntry, Protocol, Verdict};
use ztc_bundle::{Bundle, BundleFile, Simulator, encode_file};
use ztc_diag::{Diagnostic, Level, Sink, Sources};
use ztc_identity::LabelFilter;
use ztc_lower::LowerOptions;
use ztc_policy::{AnalyseOptions, Analysis, Degradation, EnablePolicy};

use crate::interpreter::{self, Cluster, Connection, End, Enforcement, Options};

/// What came out of a run.
pub(crate) struct Compiled {
    pub(crate) bundle: BundleFile,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) analysis: Analysis,
}

/// Compiles files under the default options, whatever is wrong with some of their objects.
pub(crate) fn compile(files: &[(String, String)]) -> Compiled {
    compile_with(files, &Options::default())
}

/// The same under other options. What a proxy would have to do is let be.
pub(crate) fn compile_with(files: &[(String, String)], options: &Options) -> Compiled {
    run(files, &analyse_options(options))
}

/// The names of the errors in files of which nothing may be let be.
pub(crate) fn errors_without_degradations(files: &[(String, String)]) -> Vec<&'static str> {
    let compiled = run(files, &AnalyseOptions::default());
    compiled.errors.iter().map(|error| error.name).collect()
}

fn run(files: &[(String, String)], options: &AnalyseOptions) -> Compiled {
    let mut sources = Sources::new();
    for (name, text) in files {
        sources.add(name.clone(), name.clone(), text.clone());
    }
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources, &mut sink);
    let analysis = ztc_policy::analyse(&parsed.objects, options, &mut sink);
    let contents = ztc_lower::lower(&analysis, &sources, &LowerOptions::default(), &mut sink);
    let mut errors = sink.into_sorted();
    errors.retain(|diagnostic| diagnostic.level == Level::Error);
    Compiled {
        bundle: encode_file(&contents).expect("contents that can be encoded"),
        errors,
        analysis,
    }
}

/// The oracle's options as ztc has them.
fn analyse_options(options: &Options) -> AnalyseOptions {
    AnalyseOptions {
        labels: LabelFilter::parse(&options.labels).expect("patterns that are valid"),
        enable_policy: match options.enforcement {
            Enforcement::Default => EnablePolicy::Default,
            Enforcement::Always => EnablePolicy::Always,
            Enforcement::Never => EnablePolicy::Never,
        },
        policy_audit_mode: options.audit_mode,
        enable_k8s_networkpolicy: options.network_policies,
        enable_node_selector_labels: options.node_selectors,
        cidrs_match_nodes: options.cidrs_match_nodes,
        enable_non_default_deny_policies: options.non_default_deny,
        policy_default_local_cluster: options.local_cluster,
        allow_localhost: options.allow_localhost,
        allow_degraded: Degradation::ALL.into(),
        ..AnalyseOptions::default()
    }
}

/// One side of a connection, as tables have it.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) direction: Direction,
    pub(crate) row: u32,
    /// The row if audited policies were enforced.
    pub(crate) shadow_row: u32,
    pub(crate) peer: PeerEntry,
    /// Addresses that stand for this peer; none for a peer known by name only.
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) protocol: Protocol,
    pub(crate) port: u16,
}

impl Question {
    pub(crate) fn ask(&self, simulator: &Simulator<'_>) -> Verdict {
        let verdict = simulator.judge(self.row, self.peer, self.protocol, self.port);
        verdict.expect("tables of a bundle are complete")
    }

    /// The question of what would happen if audited policies were enforced.
    pub(crate) fn of_shadow(&self) -> Self {
        Self {
            row: self.shadow_row,
            ..self.clone()
        }
    }

    /// The same of the bundle in place, without the simulator's own tables.
    pub(crate) fn ask_bundle(&self, bundle: &Bundle<'_>) -> Verdict {
        let verdict = bundle.judge(self.row, self.peer, self.protocol, self.port);
        verdict.expect("tables of a bundle are complete")
    }
}

/// What egress and ingress of a connection ask of a bundle; `None` where the end is no subject.
pub(crate) fn questions(
    bundle: &Bundle<'_>,
    cluster: &Cluster,
    connection: &Connection,
) -> (Option<Question>, Option<Question>) {
    let Connection { from, to, .. } = connection;
    let side =
        |direction, subject, peer| question(bundle, cluster, connection, direction, subject, peer);
    (
        side(Direction::Egress, from, to),
        side(Direction::Ingress, to, from),
    )
}

fn question(
    bundle: &Bundle<'_>,
    cluster: &Cluster,
    connection: &Connection,
    direction: Direction,
    subject: &End,
    peer: &End,
) -> Option<Question> {
    // Whose address is whose is the cluster's to say; what a bundle makes of it is under test.
    let subject = cluster.subject(subject)?;
    let class = class_of(bundle, &subject.name);
    let record = bundle
        .classes()
        .get(class - Peer::FIRST_CLASS)
        .expect("a class");
    let node = subject.node.as_deref().unwrap_or_default();
    let (peer, addresses) = match peer {
        End::Address(address) => (bundle.peer_seen_from(*address, node), vec![*address]),
        End::Pod(name) => {
            let pod = cluster.pod(name);
            if pod.host_network {
                // It is where its node is.
                let address = *pod
                    .addresses
                    .first()
                    .expect("a host-network pod has addresses");
                (bundle.peer_seen_from(address, node), pod.addresses.clone())
            } else {
                let class = Peer(class_of(bundle, name));
                (
                    bundle.peer_entry(class).expect("a class"),
                    pod.addresses.clone(),
                )
            }
        }
        End::Entity(name) => {
            let entry = bundle.peer_entry(reserved(name));
            (entry.expect("a reserved peer"), Vec::new())
        }
    };
    let (row, shadow_row) = match direction {
        Direction::Ingress => (record.row_ingress, record.shadow_ingress),
        Direction::Egress => (record.row_egress, record.shadow_egress),
    };
    Some(Question {
        direction,
        row,
        shadow_row,
        peer,
        addresses,
        protocol: protocol(connection.protocol),
        port: connection.port,
    })
}

fn class_of(bundle: &Bundle<'_>, pod: &str) -> u32 {
    let name = |record: &ztc_bundle::EndpointRecord| bundle.string(record.name) == pod;
    bundle
        .endpoints()
        .iter()
        .find(name)
        .expect("the bundle knows the pod")
        .class
}

fn reserved(entity: &str) -> Peer {
    match entity {
        "world" => Peer::WORLD_IPV4,
        entity => {
            let mut reserved = Peer::RESERVED.into_iter();
            let named = |peer: &Peer| peer.reserved_name() == Some(entity);
            reserved.find(named).expect("an entity that is one peer")
        }
    }
}

fn protocol(protocol: interpreter::Protocol) -> Protocol {
    match protocol {
        interpreter::Protocol::Tcp => Protocol::Tcp,
        interpreter::Protocol::Udp => Protocol::Udp,
        interpreter::Protocol::Sctp => Protocol::Sctp,
        interpreter::Protocol::Icmp => Protocol::Icmp,
        interpreter::Protocol::Icmpv6 => Protocol::Icmpv6,
        interpreter::Protocol::Other => Protocol::Other,
    }
}
