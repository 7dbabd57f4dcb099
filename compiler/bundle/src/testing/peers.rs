//! Classes, endpoints, addresses, prefixes, and probes of them.

use std::collections::{BTreeMap, BTreeSet};

use ztc_abi::{Direction, Peer, PeerEntry, Protocol, ports::N_PORT_PROTOCOLS};

use super::{Generator, group_of, n};
use crate::{BundleFile, encode_file, prefix, records::*};

impl Generator {
    pub(super) fn networks(&mut self) {
        for (family, bits) in [(4, 32), (6, 128)] {
            let networks: BTreeSet<_> = (0..self.up_to(2))
                .map(|_| {
                    let length = self.up_to(bits);
                    let address = self.random.u128(..).to_be_bytes();
                    (prefix::mask(address, length), length)
                })
                .collect();
            let records = networks.into_iter();
            let records = records.map(|(address, length)| NetworkRecord {
                address,
                family,
                length,
            });
            self.contents.networks.extend(records);
        }
    }

    pub(super) fn node_classes(&mut self) {
        for index in 0..self.up_to(3) {
            let peer = Peer::FIRST_NODE + 2 * index;
            let record = NodeClassRecord {
                peer,
                group: group_of(Peer(peer)),
                own_peer: peer + 1,
                own_group: group_of(Peer(peer + 1)),
                example: self.text(),
                n_members: self.up_to(9),
            };
            self.contents.node_classes.push(record);
        }
    }

    pub(super) fn classes(&mut self) {
        let mut keys = BTreeMap::new();
        for _ in 0..self.up_to(6) {
            let signature = self.some_of(n(&self.contents.selectors));
            let named = self.some_of(n(&self.contents.named_ports));
            let ports: Vec<_> = named
                .into_iter()
                .map(|id| (id, self.random.u32(1..=65535)))
                .collect();
            let n_networks = n(&self.contents.networks);
            let networks: BTreeSet<Vec<u32>> = (0..=self.up_to(2))
                .map(|_| self.some_of(n_networks))
                .collect();
            keys.insert((signature, ports), networks);
        }
        for ((selectors, ports), networks) in keys {
            let rows = self.rows();
            for networks in networks {
                self.class_of(&selectors, &ports, &networks, rows);
            }
        }
        for name in self.texts(9) {
            let class = self.class().unwrap_or_default();
            let node = self.text();
            self.contents
                .endpoints
                .push(EndpointRecord { name, class, node });
        }
    }

    fn some_of(&mut self, n: u32) -> Vec<u32> {
        (0..n).filter(|_| self.random.bool()).collect()
    }

    /// Rows for both directions, then the shadows of both.
    fn rows(&mut self) -> [u32; 4] {
        let n_rows = self.contents.meta.n_rows;
        let (ingress, egress) = (self.up_to(n_rows), self.up_to(n_rows));
        match self.random.bool() {
            true => [ingress, egress, ingress, egress],
            false => [ingress, egress, self.up_to(n_rows), self.up_to(n_rows)],
        }
    }

    fn class_of(
        &mut self,
        selectors: &[u32],
        ports: &[(u32, u32)],
        networks: &[u32],
        [row_ingress, row_egress, shadow_ingress, shadow_egress]: [u32; 4],
    ) {
        let class = Peer::FIRST_CLASS + n(&self.contents.classes);
        let record = ClassRecord {
            class,
            group: group_of(Peer(class)),
            row_ingress,
            row_egress,
            shadow_ingress,
            shadow_egress,
            first_selector: n(&self.contents.signatures),
            n_selectors: n(selectors),
            first_port: n(&self.contents.class_ports),
            n_ports: n(ports),
            first_network: n(&self.contents.class_networks),
            n_networks: n(networks),
            example: self.text(),
            n_members: self.up_to(9),
        };
        let contents = &mut self.contents;
        contents.classes.push(record);
        let signature = selectors.iter();
        let signature = signature.map(|&selector| SignatureRecord { selector });
        contents.signatures.extend(signature);
        let ports = ports.iter();
        let ports = ports.map(|&(named_port, port)| ClassPortRecord { named_port, port });
        contents.class_ports.extend(ports);
        let networks = networks.iter();
        let networks = networks.map(|&network| ClassNetworkRecord { network });
        contents.class_networks.extend(networks);
    }

    pub(super) fn class(&mut self) -> Option<u32> {
        let last = n(&self.contents.classes).checked_sub(1)?;
        Some(Peer::FIRST_CLASS + self.up_to(last))
    }

    pub(super) fn peers(&mut self) {
        self.contents.reserved = Peer::RESERVED
            .map(|peer| ReservedRecord {
                peer: peer.0,
                group: group_of(peer),
            })
            .into();
        let addresses: BTreeSet<[u8; 16]> = (0..self.up_to(12)).map(|_| self.address()).collect();
        for address in addresses {
            let class = self.class().filter(|_| self.random.u8(0..3) > 0);
            let (peer, own_peer) = class.map_or_else(|| self.node(), |class| (class, class));
            let record = AddressRecord {
                address,
                peer,
                group: group_of(Peer(peer)),
                own_peer,
                own_group: group_of(Peer(own_peer)),
                name: self.text(),
                node: self.text(),
                is_node: u32::from(class.is_none()),
            };
            self.contents.addresses.push(record);
        }
        for (family, bits, world) in [(4, 32, Peer::WORLD_IPV4), (6, 128, Peer::WORLD_IPV6)] {
            let mut prefixes = BTreeMap::from([(([0; 16], 0), world)]);
            for _ in 0..self.up_to(6) {
                let length = self.random.u32(1..=bits);
                let address = self.random.u128(..).to_be_bytes();
                let class = Peer(Peer::FIRST_ADDRESS_CLASS + self.up_to(3));
                prefixes.insert((prefix::mask(address, length), length), class);
            }
            for ((address, length), peer) in prefixes {
                self.contents.prefixes.push(PrefixRecord {
                    address,
                    family,
                    length,
                    peer: peer.0,
                    group: group_of(peer),
                });
            }
        }
    }

    /// A node from elsewhere, and from its own pods.
    fn node(&mut self) -> (u32, u32) {
        let reserved = [
            (Peer::REMOTE_NODE.0, Peer::HOST.0),
            (Peer::KUBE_APISERVER.0, Peer::HOST_KUBE_APISERVER.0),
        ];
        let classes = self.contents.node_classes.iter();
        let classes = classes.map(|record| (record.peer, record.own_peer));
        let nodes: Vec<_> = reserved.into_iter().chain(classes).collect();
        self.random.choice(nodes).unwrap_or_default()
    }

    pub(super) fn address(&mut self) -> [u8; 16] {
        let mapped = ztc_abi::Address::from_ipv4(self.random.u32(..).to_be_bytes());
        match self.random.bool() {
            true => mapped.bytes,
            false => self.random.u128(..).to_be_bytes(),
        }
    }

    /// Probes are asked of the bundle itself, so they hold.
    pub(super) fn probes(&mut self) {
        let Ok(file) = encode_file(&self.contents) else {
            return;
        };
        let n_rows = self.contents.meta.n_rows;
        let mut probes = BTreeSet::new();
        for _ in 0..self.up_to(10).min(n_rows * 10) {
            probes.extend(self.probe(&file, n_rows));
        }
        self.contents.probes = probes.into_iter().collect();
    }

    pub(super) fn probe(&mut self, file: &BundleFile, n_rows: u32) -> Option<ProbeRecord> {
        let known = self
            .random
            .choice(&self.contents.addresses)
            .map(|record| record.address);
        let address = known
            .filter(|_| self.random.bool())
            .unwrap_or_else(|| self.address());
        let peer: PeerEntry = file
            .view()
            .peer_of(std::net::Ipv6Addr::from(address).into());
        let index = self.random.u8(0..=u8::try_from(N_PORT_PROTOCOLS).ok()?);
        let protocol = Protocol::from_index(index)?;
        let (row, port) = (self.random.u32(1..=n_rows), self.random.u16(..));
        Some(ProbeRecord {
            address,
            row,
            verdict: file.view().judge(row, peer, protocol, port)?.0,
            peer: peer.peer,
            port,
            protocol: index,
            direction: self.random.choice(Direction::ALL)? as u8,
        })
    }
}
