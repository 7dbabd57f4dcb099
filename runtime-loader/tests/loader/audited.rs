//! Bundles with everything that this loader tells people of: an audited policy, a degradation, an
//! option; and a node that a policy tells apart.

use ztc_abi::{Action, Direction, Peer, Verdict};
use ztc_bundle::{
    AddressRecord, Contents, DecisionRecord, DegradationRecord, EndpointRecord, IsolationRecord,
    MeaningRecord, NodeClassRecord, PolicyRecord, ProbeRecord, RuleRecord, WorkloadRecord,
};

use crate::bundles::{APPS, Allow, SERVER, contents, text, wire};

/// The address of the node that is told apart.
pub(crate) const NODE_ADDRESS: [u8; 4] = [192, 0, 2, 77];
/// Its name.
pub(crate) const NODE: &str = "node-1";
/// The text that the audited rule gives for logs.
pub(crate) const LOG: &str = "change freeze";
/// The shadow row of the server.
const SHADOW: u32 = 2;

/// [`contents`], and an audited policy that would deny everybody to talk to the server. Its rule is
/// the last.
pub(crate) fn audited(policy: &str, allows: &[Allow]) -> Contents {
    let mut contents = contents(policy, allows);
    let id = |of: &str| text(&contents.strings, of);
    let (kind, namespace, name) = (id("NetworkPolicy"), id("default"), id("frozen"));
    let (file, path, log) = (id("frozen.yaml"), id("spec"), id(LOG));
    let (degradation, options) = (id("l7"), id("policy-cidr-match-mode=nodes"));
    let rule = u32::try_from(contents.rules.len()).expect("few rules") + 1;
    let denied = Verdict::new(Action::Deny, rule).0;
    contents.policies.push(PolicyRecord {
        kind,
        namespace,
        name,
        file,
        line: 1,
        column: 1,
    });
    contents.rules.push(RuleRecord {
        policy: 1,
        file,
        line: 12,
        column: 5,
        end_line: 12,
        end_column: 9,
        path,
        summary: path,
        direction: Direction::Ingress as u8,
        action: Action::Deny as u8,
        isolates: 1,
        audit: 1,
        tier: 1,
        priority: 0,
        log,
    });
    contents.meanings.push(MeaningRecord::default());
    for (peer, rest) in [
        (Peer::ANY_INSIDE.0, denied),
        (Peer::HOST.0, Verdict::BUILT_IN_ALLOW.0),
        (Peer::ANY_OUTSIDE.0, denied),
    ] {
        contents.decisions.push(DecisionRecord {
            row: SHADOW,
            peer,
            port_map: 0,
            rest,
        });
    }
    let probes = contents.probes.clone();
    contents
        .probes
        .extend(probes.iter().map(|probe| ProbeRecord {
            row: SHADOW,
            verdict: denied,
            ..*probe
        }));
    contents.probes.sort_unstable();
    for rule in [1, rule] {
        let row = SHADOW;
        contents.isolations.push(IsolationRecord { row, rule });
    }
    contents.classes[SERVER].shadow_ingress = SHADOW;
    contents.degradations.push(DegradationRecord {
        name: degradation,
        rule: 1,
    });
    contents.meta.options = options;
    contents.meta.n_rows = SHADOW;
    contents
}

/// Makes the pods known by name, the server on a node that row 1 tells apart: from elsewhere it may
/// not talk, and to its own pods it may.
pub(crate) fn named(contents: &mut Contents) {
    let node = text(&contents.strings, NODE);
    let group = Peer::FIRST_GROUP;
    let (peer, own_peer) = (Peer::FIRST_NODE, Peer::FIRST_NODE + 1);
    contents.node_classes.push(NodeClassRecord {
        peer,
        group,
        own_peer,
        own_group: group,
        example: node,
        n_members: 1,
    });
    contents.addresses.push(AddressRecord {
        address: wire(NODE_ADDRESS.into()),
        peer,
        group,
        own_peer,
        own_group: group,
        name: node,
        node,
        is_node: 1,
    });
    contents.addresses.sort_by_key(|record| record.address);
    contents.decisions.push(DecisionRecord {
        row: 1,
        peer: own_peer,
        port_map: 0,
        rest: Verdict::BUILT_IN_ALLOW.0,
    });
    contents
        .decisions
        .sort_by_key(|record| (record.row, record.peer));
    for (place, class) in contents.classes.iter().enumerate().take(APPS.len()) {
        contents.endpoints.push(EndpointRecord {
            name: class.example,
            class: class.class,
            node: if place == SERVER { node } else { 0 },
        });
        contents.workloads.push(WorkloadRecord {
            workload: class.example,
            ..WorkloadRecord::default()
        });
    }
}
