//! What is refused before anyone is asked, and what passes before anyone is asked.

use ztc_abi::{
    Address,
    Direction::{Egress, Ingress},
    DropReason, Peer, Protocol,
    identity::EndpointEntry,
};
use ztc_loader::{fill::SlotTables, frame::Frame};

use crate::rig::{
    FRIEND, FRIEND_V6, INTERFACE, OPEN, POD, POD_V6, Rig, STRANGER, endpoint, syn, tables,
};

/// A frame with some of its bytes replaced.
fn altered(frame: &Frame, changes: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = frame.bytes().expect("the frame is sendable");
    for (at, value) in changes {
        bytes[*at] = *value;
    }
    bytes
}

/// An IPv6 packet with extension headers before a TCP header: kind, then bytes from the second on.
fn extended(headers: &[(u8, &[u8])]) -> Vec<u8> {
    let plain = Frame::first(FRIEND_V6, POD_V6, Protocol::Tcp, 40_000, OPEN);
    let plain = plain.bytes().expect("the frame is sendable");
    let (head, transport) = plain.split_at(54);
    let mut packet = head.to_vec();
    let mut n_bytes = transport.len();
    for (index, (_, rest)) in headers.iter().enumerate() {
        packet.push(headers.get(index + 1).map_or(6, |(kind, _)| *kind));
        packet.extend_from_slice(rest);
        n_bytes += rest.len() + 1;
    }
    packet.extend_from_slice(transport);
    packet[20] = headers.first().map_or(6, |(kind, _)| *kind);
    packet[18] = u8::try_from(n_bytes >> 8).expect("short");
    packet[19] = u8::try_from(n_bytes & 0xff).expect("masked");
    packet
}

const OPTIONS: (u8, &[u8]) = (60, &[0, 1, 4, 0, 0, 0, 0]);

#[test]
fn what_cannot_be_parsed_has_its_reason() {
    let Some(mut rig) = Rig::new("parse") else {
        return;
    };
    let syn = syn(OPEN);
    let syn_v6 = Frame::first(FRIEND_V6, POD_V6, Protocol::Tcp, 40_000, OPEN);
    let udp = Frame::first(FRIEND, POD, Protocol::Udp, 40_000, 53);
    let whole = syn.bytes().expect("the frame is sendable");
    let cases: Vec<(&str, Vec<u8>, DropReason)> = vec![
        (
            "IPX",
            altered(&syn, &[(12, 0x81), (13, 0x37)]),
            DropReason::NotIp,
        ),
        (
            "VLAN",
            altered(&syn, &[(12, 0x81), (13, 0x00)]),
            DropReason::NotIp,
        ),
        (
            "half of it missing",
            whole[..40].to_vec(),
            DropReason::Truncated,
        ),
        (
            "options outside the frame",
            altered(&syn, &[(14, 0x4f)]),
            DropReason::BadHeader,
        ),
        (
            "half a TCP header",
            altered(&syn, &[(17, 30)]),
            DropReason::Truncated,
        ),
        (
            "longer than the frame",
            altered(&syn, &[(17, 60)]),
            DropReason::Truncated,
        ),
        (
            "IPv6 longer than the frame",
            altered(&syn_v6, &[(19, 60)]),
            DropReason::Truncated,
        ),
        (
            "version 5",
            altered(&syn, &[(14, 0x55)]),
            DropReason::BadHeader,
        ),
        (
            "header of 16 bytes",
            altered(&syn, &[(14, 0x44)]),
            DropReason::BadHeader,
        ),
        (
            "shorter than its header",
            altered(&syn, &[(17, 19)]),
            DropReason::BadHeader,
        ),
        (
            "TCP header of 16 bytes",
            altered(&syn, &[(46, 0x40)]),
            DropReason::BadHeader,
        ),
        (
            "TCP header too long",
            altered(&syn, &[(46, 0xf0)]),
            DropReason::BadHeader,
        ),
        (
            "UDP length 4",
            altered(&udp, &[(39, 4)]),
            DropReason::BadHeader,
        ),
        (
            "IPv6 version 4",
            altered(&syn_v6, &[(14, 0x40)]),
            DropReason::BadHeader,
        ),
        (
            "ICMPv6 in IPv4",
            altered(&syn, &[(23, 58)]),
            DropReason::UnknownProtocol,
        ),
        (
            "ICMP in IPv6",
            altered(&syn_v6, &[(20, 1)]),
            DropReason::UnknownProtocol,
        ),
        (
            "TCP overwritten",
            altered(&syn, &[(21, 1)]),
            DropReason::BadHeader,
        ),
        (
            "routed further",
            extended(&[(43, &[0, 0, 1, 0, 0, 0, 0])]),
            DropReason::BadExtensionHeader,
        ),
        (
            "nine extensions",
            extended(&[OPTIONS; 9]),
            DropReason::BadExtensionHeader,
        ),
        (
            "empty authentication",
            extended(&[(51, &[0; 7])]),
            DropReason::BadExtensionHeader,
        ),
        (
            "extension too long",
            extended(&[(60, &[9, 0, 0, 0, 0, 0, 0])]),
            DropReason::Truncated,
        ),
        (
            "mapped address",
            altered(&syn_v6, &[(22, 0), (32, 0xff), (33, 0xff)]),
            DropReason::MappedAddress,
        ),
    ];
    for (name, packet, reason) in cases {
        assert!(!rig.run(Ingress, &packet), "{name} passed");
        assert_eq!(rig.reason(), Some(reason), "{name}");
    }
}

#[test]
fn extension_headers_and_options_are_followed() {
    let Some(rig) = Rig::new("follow") else {
        return;
    };
    let hop = (0, OPTIONS.1);
    let authentication: (u8, &[u8]) = (51, &[1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    let arrived: (u8, &[u8]) = (43, &[0, 0, 0, 0, 0, 0, 0]);
    for headers in [
        vec![hop],
        vec![hop, OPTIONS, arrived, authentication, OPTIONS],
        vec![OPTIONS; 7],
    ] {
        assert!(rig.run(Ingress, &extended(&headers)), "{headers:?}");
    }
    // Four bytes of IPv4 options.
    let mut packet = altered(&syn(OPEN), &[(14, 0x46), (17, 44)]);
    packet.splice(34..34, [1, 1, 1, 0]);
    assert!(rig.run(Ingress, &packet));
}

#[test]
fn what_links_need_passes_unasked() {
    let Some(mut rig) = Rig::empty("links") else {
        return;
    };
    let arp = altered(&syn(OPEN), &[(12, 0x08), (13, 0x06)]);
    let mut packets = vec![arp];
    for kind in 133..=137 {
        packets.push(
            Frame::first(FRIEND_V6, POD_V6, Protocol::Icmpv6, 0, kind)
                .bytes()
                .expect("the frame is sendable"),
        );
    }
    let needed = Frame::first(FRIEND, POD, Protocol::Icmp, 0, 3);
    packets.push(altered(&needed, &[(35, 4)]));
    for packet in packets {
        for direction in [Ingress, Egress] {
            assert!(rig.run(direction, &packet), "{packet:x?}");
        }
    }
    assert_eq!(rig.events(), [], "nobody is told of them");
}

/// What a starting pod sends before it has an address (RFC 2710, RFC 3810), behind a router alert.
#[test]
fn listener_reports_on_the_link_pass_unasked() {
    let Some(mut rig) = Rig::new("listeners") else {
        return;
    };
    let nobody = Address::from_ipv6([0; 16]);
    let routers = |scope: u8| {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&[0xff, scope]);
        bytes[15] = 0x16;
        Address::from_ipv6(bytes)
    };
    let mut link_local = [0; 16];
    link_local[..2].copy_from_slice(&[0xfe, 0x80]);
    let link_local = Address::from_ipv6(link_local);
    let report = |source: Address, destination: Address, kind: u16| {
        let frame = Frame::first(source, destination, Protocol::Icmpv6, 0, kind);
        let mut packet = frame.bytes().expect("the frame is sendable");
        let alert = [58, 0, 5, 2, 0, 0, 1, 0];
        packet[19] += 8;
        packet[20] = 0;
        packet.splice(54..54, alert);
        packet
    };
    for kind in [131, 132, 143] {
        for source in [nobody, link_local] {
            assert!(rig.run(Egress, &report(source, routers(2), kind)), "{kind}");
        }
    }
    for kind in [133, 135] {
        let packet = Frame::first(nobody, routers(2), Protocol::Icmpv6, 0, kind);
        assert!(rig.sends(&packet), "{kind}");
    }
    assert_eq!(rig.events(), [], "nobody is told of them");
    // Beyond the link, from elsewhere, or of another kind it is a packet like any other.
    let invalid = DropReason::InvalidSource;
    rig.drops(Egress, &report(nobody, routers(5), 143), invalid);
    rig.drops(Egress, &report(FRIEND_V6, routers(2), 143), invalid);
    rig.drops(Egress, &report(nobody, routers(2), 130), invalid);
    let own = report(POD_V6, routers(2), 143);
    rig.drops(Egress, &own, DropReason::NotAllowed);
}

#[test]
fn without_a_policy_nothing_else_passes() {
    let Some(mut rig) = Rig::empty("nothing") else {
        return;
    };
    let packet = syn(OPEN).bytes().expect("the frame is sendable");
    rig.drops(Ingress, &packet, DropReason::NoPolicy);
    rig.load(&SlotTables::default());
    rig.drops(Ingress, &packet, DropReason::NoPolicy);
    let unclassified = EndpointEntry {
        class: Peer::UNCLASSIFIED.0,
        ..endpoint()
    };
    rig.load(&SlotTables {
        endpoints: vec![(INTERFACE, unclassified)],
        ..tables()
    });
    rig.drops(Ingress, &packet, DropReason::Unclassified);
    rig.load(&SlotTables {
        prefixes_v4: Vec::new(),
        peers: Vec::new(),
        ..tables()
    });
    rig.drops(Ingress, &packet, DropReason::IncompleteTables);
    rig.load(&SlotTables {
        decisions: Vec::new(),
        ..tables()
    });
    rig.drops(Ingress, &packet, DropReason::IncompleteTables);
}

#[test]
fn a_pod_speaks_only_for_itself() {
    let Some(mut rig) = Rig::new("spoof") else {
        return;
    };
    let from = |source: Address, destination: Address| {
        Frame::first(source, destination, Protocol::Tcp, 40_000, OPEN)
            .bytes()
            .expect("the frame is sendable")
    };
    assert!(rig.run(Egress, &from(POD, FRIEND)));
    assert!(rig.run(Egress, &from(POD_V6, FRIEND_V6)));
    let _passed = rig.events();
    rig.drops(Egress, &from(STRANGER, FRIEND), DropReason::InvalidSource);
    rig.drops(Egress, &from(FRIEND_V6, POD_V6), DropReason::InvalidSource);
    // No address is not the address zero.
    let nowhere = EndpointEntry {
        ipv4: [0; 4],
        ipv6: [0; 16],
        ..endpoint()
    };
    rig.load(&SlotTables {
        endpoints: vec![(INTERFACE, nowhere)],
        ..tables()
    });
    rig.drops(
        Egress,
        &from(Address::from_ipv4([0; 4]), FRIEND),
        DropReason::InvalidSource,
    );
    rig.drops(
        Egress,
        &from(Address::from_ipv6([0; 16]), FRIEND_V6),
        DropReason::InvalidSource,
    );
}

#[test]
fn fragments_have_the_ports_of_the_first() {
    let Some(mut rig) = Rig::new("fragments") else {
        return;
    };
    let udp = Frame::first(FRIEND, POD, Protocol::Udp, 40_000, 53);
    let first = altered(&udp, &[(19, 7), (20, 0x20)]);
    let later = altered(&udp, &[(19, 7), (21, 1), (34, 0xff), (36, 0xff)]);
    rig.drops(Ingress, &later, DropReason::FragmentWithoutFirst);
    assert!(rig.run(Ingress, &first));
    assert!(rig.run(Ingress, &later));
    let other = altered(&udp, &[(19, 8), (21, 1)]);
    let _passed = rig.events();
    rig.drops(Ingress, &other, DropReason::FragmentWithoutFirst);
    // IPv6: the same, by the identification of the extension header.
    let fragment = |place: u8, more: u8, identification: u8| {
        extended(&[(44, &[0, 0, place << 3 | more, 0, 0, 0, identification])])
    };
    rig.drops(
        Ingress,
        &fragment(9, 0, 1),
        DropReason::FragmentWithoutFirst,
    );
    assert!(rig.run(Ingress, &fragment(0, 1, 1)));
    assert!(rig.run(Ingress, &fragment(9, 0, 1)));
    // An atomic fragment is a whole packet.
    assert!(rig.run(Ingress, &fragment(0, 0, 2)));
}
