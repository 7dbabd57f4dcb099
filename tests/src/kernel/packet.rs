//! The bytes of a first packet. Must not share code with whoever parses them.

use std::net::IpAddr;

use ztc_abi::Protocol;

/// An Ethernet frame from one address to another of the same family; for ICMP the port is the type.
/// `None` when the protocol does not exist in this family.
pub(super) fn frame(
    source: IpAddr,
    destination: IpAddr,
    protocol: Protocol,
    port: u16,
) -> Option<Vec<u8>> {
    let payload = payload(protocol, port);
    // GRE stands for all the protocols that policies cannot name.
    let number = match protocol {
        Protocol::Other => 47,
        known => known.ip_number(),
    };
    let length = u16::try_from(payload.len())
        .expect("a short packet")
        .to_be_bytes();
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) if protocol != Protocol::Icmpv6 => {
            let total = u16::try_from(payload.len() + 20)
                .expect("a short packet")
                .to_be_bytes();
            frame.extend([
                0x08, 0x00, 0x45, 0, total[0], total[1], 0, 1, 0, 0, 64, number, 0, 0,
            ]);
            frame.extend(source.octets());
            frame.extend(destination.octets());
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) if protocol != Protocol::Icmp => {
            frame.extend([0x86, 0xdd, 0x60, 0, 0, 0, length[0], length[1], number, 64]);
            frame.extend(source.octets());
            frame.extend(destination.octets());
        }
        _ => return None,
    }
    frame.extend(payload);
    Some(frame)
}

fn payload(protocol: Protocol, port: u16) -> Vec<u8> {
    let [high, low] = port.to_be_bytes();
    let mut bytes = match protocol {
        // From port 40000, a SYN, twenty bytes of header.
        Protocol::Tcp => {
            vec![
                0x9c, 0x40, high, low, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0,
            ]
        }
        Protocol::Udp => vec![0x9c, 0x40, high, low, 0, 8, 0, 0],
        Protocol::Sctp => vec![0x9c, 0x40, high, low, 0, 0, 0, 1, 0, 0, 0, 0],
        Protocol::Icmp | Protocol::Icmpv6 => vec![low, 0, 0, 0, 0, 1, 0, 1],
        Protocol::Other => vec![0; 8],
    };
    // Some padding: the kernel refuses to run a program on less than a link header, and real
    // packets carry something.
    bytes.extend([0; 8]);
    bytes
}
