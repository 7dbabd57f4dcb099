//! Packets as bytes, for questions to the kernel. Never sent: checksums are left zero.
//!
//! Must not know policies or maps.

use ztc_abi::{Address, Protocol};

use crate::datapath::{DatapathError, Result};

/// The TCP flag that opens a connection.
pub const SYN: u8 = 0x02;

/// One packet in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Who sends it.
    pub source: Address,
    /// Who shall get it; of the same family.
    pub destination: Address,
    /// The protocol; [`Protocol::Other`] is written as GRE.
    pub protocol: Protocol,
    /// The source port, or the identifier of an ICMP message.
    pub source_port: u16,
    /// The destination port, or the ICMP type.
    pub port: u16,
    /// The flags of a TCP header.
    pub tcp_flags: u8,
}

impl Frame {
    /// The first packet of a flow: TCP asks to open a connection.
    pub const fn first(
        source: Address,
        destination: Address,
        protocol: Protocol,
        source_port: u16,
        port: u16,
    ) -> Self {
        Self {
            source,
            destination,
            protocol,
            source_port,
            port,
            tcp_flags: SYN,
        }
    }

    /// What the other side answers, with these TCP flags. An ICMP type has to be set.
    pub const fn answer(&self, tcp_flags: u8) -> Self {
        let icmp = matches!(self.protocol, Protocol::Icmp | Protocol::Icmpv6);
        Self {
            source: self.destination,
            destination: self.source,
            protocol: self.protocol,
            source_port: if icmp { self.source_port } else { self.port },
            port: if icmp { self.port } else { self.source_port },
            tcp_flags,
        }
    }

    /// The frame from its Ethernet header on.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let transport = self.transport()?;
        let mut frame = vec![0; 12];
        match (self.source.ipv4(), self.destination.ipv4()) {
            (Some(source), Some(destination)) => {
                frame.extend([0x08, 0x00]);
                frame.extend(ipv4(source, destination, self.number(), &transport)?);
            }
            (None, None) => {
                frame.extend([0x86, 0xdd]);
                frame.extend(ipv6(self, &transport)?);
            }
            _ => {
                return Err(DatapathError::Unsendable(
                    "source and destination differ in family",
                ));
            }
        }
        frame.extend(transport);
        Ok(frame)
    }

    fn number(&self) -> u8 {
        match self.protocol {
            Protocol::Other => 47,
            protocol => protocol.ip_number(),
        }
    }

    /// The transport header.
    fn transport(&self) -> Result<Vec<u8>> {
        let mut ports = Vec::with_capacity(20);
        ports.extend(self.source_port.to_be_bytes());
        ports.extend(self.port.to_be_bytes());
        match self.protocol {
            Protocol::Tcp => {
                ports.extend([0; 8]);
                ports.extend([0x50, self.tcp_flags]);
                ports.extend([0; 6]);
            }
            Protocol::Udp => ports.extend([0, 8, 0, 0]),
            Protocol::Sctp => ports.extend([0; 8]),
            Protocol::Icmp | Protocol::Icmpv6 => {
                let Ok(kind) = u8::try_from(self.port) else {
                    return Err(DatapathError::Unsendable("an ICMP type is at most 255"));
                };
                let [high, low] = self.source_port.to_be_bytes();
                return Ok(vec![kind, 0, 0, 0, high, low, 0, 0]);
            }
            Protocol::Other => {}
        }
        Ok(ports)
    }
}

fn ipv4(source: [u8; 4], destination: [u8; 4], number: u8, payload: &[u8]) -> Result<Vec<u8>> {
    let [high, low] = length(payload.len() + 20)?;
    let mut header = vec![0x45, 0, high, low, 0, 0, 0, 0, 64, number, 0, 0];
    header.extend(source);
    header.extend(destination);
    Ok(header)
}

fn ipv6(frame: &Frame, payload: &[u8]) -> Result<Vec<u8>> {
    let [high, low] = length(payload.len())?;
    let mut header = vec![0x60, 0, 0, 0, high, low, frame.number(), 64];
    header.extend(frame.source.bytes);
    header.extend(frame.destination.bytes);
    Ok(header)
}

fn length(n_bytes: usize) -> Result<[u8; 2]> {
    u16::try_from(n_bytes)
        .map(u16::to_be_bytes)
        .map_err(|_| DatapathError::Unsendable("longer than an IP packet can be"))
}
