//! What an address is to whom: a node to its own pods, a pod with an address in two networks.

use std::{fs, net::IpAddr};

use serde_json::json;
use ztc_abi::{Action, Address, Peer, PeerEntry, Verdict};
use ztc_bundle::{
    AddressRecord, ClassNetworkRecord, ClassRecord, DecisionRecord, NetworkRecord, encode,
};
use ztc_loader::{admit::admit, place, tables};

use crate::{
    audited::{NODE, NODE_ADDRESS},
    bundles::{APPS, SERVER, addresses, allow, contents, text, wire},
    node::{self, Node},
};

/// A bundle that knows [`NODE`] as some node that may not talk to the server; what it is to its own
/// pods may. The bundle's probe asks as from elsewhere.
fn with_node(peer: Peer, own_peer: Peer) -> Vec<u8> {
    let mut contents = contents("nodes", &allow(1, 8080));
    let name = text(&contents.strings, NODE);
    let address = wire(NODE_ADDRESS.into());
    contents.addresses.push(AddressRecord {
        address,
        peer: peer.0,
        group: Peer::FIRST_GROUP,
        own_peer: own_peer.0,
        own_group: Peer::FIRST_GROUP,
        name,
        node: name,
        is_node: 1,
    });
    contents.addresses.sort_by_key(|record| record.address);
    let decisions = &mut contents.decisions;
    decisions.retain(|record| record.peer != own_peer.0);
    decisions.push(DecisionRecord {
        row: 1,
        peer: own_peer.0,
        port_map: 0,
        rest: Verdict::BUILT_IN_ALLOW.0,
    });
    decisions.sort_by_key(|record| (record.row, record.peer));
    let mut probe = contents.probes[0];
    probe.address = address;
    probe.peer = peer.0;
    probe.verdict = Verdict::new(Action::NotAllowed, 1).0;
    contents.probes.push(probe);
    contents.probes.sort_unstable();
    encode(&contents).expect("the contents are sound")
}

/// On the node whose address it is, the kernel must call it what it is to its own pods, and the
/// probes must expect that.
#[test]
fn the_addresses_of_the_own_node_are_what_its_pods_see() {
    for (peer, own_peer) in [
        (Peer::REMOTE_NODE, Peer::HOST),
        (Peer::KUBE_APISERVER, Peer::HOST_KUBE_APISERVER),
    ] {
        let Some(node) = Node::new(&format!("host-{}", own_peer.0)) else {
            return;
        };
        let bytes = with_node(peer, own_peer);
        let tables = |of: Option<&str>| {
            let bundle = admit(bytes.clone(), None).expect("the bundle is sound");
            tables::tables(&bundle.view(), &[], of).peers
        };
        let known_as = |peers: &[(Address, PeerEntry)]| {
            let address = Address::from_ipv4(NODE_ADDRESS);
            let found = peers.iter().find(|(known, _)| *known == address);
            Peer(found.expect("it is known").1.peer)
        };
        assert_eq!(known_as(&tables(None)), peer);
        assert_eq!(known_as(&tables(Some("another"))), peer);
        assert_eq!(known_as(&tables(Some(NODE))), own_peer);
        node.apply(&bytes).expect("elsewhere it is denied");
        let mut endpoints = node::endpoints();
        endpoints["node"] = json!(NODE);
        fs::write(node.endpoints(), endpoints.to_string()).expect("it can be written");
        node.apply(&bytes).expect("here it may talk");
    }
}

/// The server's first address is in a network that some policy names, and its second is not: two
/// peers, and one subject.
#[test]
fn each_address_is_the_peer_that_its_networks_make_it() {
    let mut contents = contents("networks", &allow(0, 8080));
    let [IpAddr::V4(inside), outside] = addresses(SERVER) else {
        panic!("the first address is of IPv4")
    };
    let mut address = [0; 16];
    address[..4].copy_from_slice(&inside.octets());
    contents.networks.push(NetworkRecord {
        address,
        family: 4,
        length: 32,
    });
    contents
        .class_networks
        .push(ClassNetworkRecord { network: 0 });
    // The class without networks, with the selectors of the server's.
    let n_selectors = u32::try_from(contents.signatures.len()).expect("few of them");
    let server = contents.classes[SERVER];
    contents.signatures.push(contents.signatures[SERVER]);
    let second = Peer::FIRST_CLASS + u32::try_from(APPS.len()).expect("few of them");
    contents.classes[SERVER].n_networks = 1;
    contents.classes.push(ClassRecord {
        class: second,
        first_selector: n_selectors,
        first_network: 1,
        ..server
    });
    for record in &mut contents.addresses {
        if record.address == wire(outside) {
            record.peer = second;
            record.own_peer = second;
        }
    }
    let bundle = admit(encode(&contents).expect("the contents are sound"), None)
        .expect("the bundle is sound");
    let file = serde_json::from_value(node::endpoints()).expect("it is sound");
    let placed = place::place(&bundle.view(), &file, |_| Some(1)).expect("it is placed");
    let pod = &placed[SERVER];
    let peers: Vec<_> = pod.peers.iter().map(|(_, entry)| entry.peer).collect();
    assert_eq!(peers, [server.class, second]);
    assert_eq!((pod.class, pod.row_ingress), (server.class, 1));
    // An address in no combination of networks that the bundle knows makes a stranger of the pod.
    let mut strange = node::endpoints();
    strange["endpoints"][0]["addresses"][0] = json!(inside);
    strange["endpoints"][SERVER]["addresses"] = json!([]);
    let file = serde_json::from_value(strange).expect("it is sound");
    let placed = place::place(&bundle.view(), &file, |_| Some(1)).expect("it is placed");
    assert!(placed[0].is_unclassified());
    assert_eq!(placed[SERVER].class, second, "without an address");
}
