//! The kernel as a judge of questions about a bundle: programs and tables of its own, attached to
//! nothing and pinned only until they are filled.
//!
//! Must not know what the answer should be, or how questions are written.

use std::{collections::HashMap, net::IpAddr};

use ztc_abi::{Address, DropReason, PeerEntry, Protocol, Verdict};
use ztc_bundle::{
    Bundle,
    flow::{Ask, Judge, Judged, NoAnswer},
};

use crate::{
    datapath::{Datapath, Result},
    fill::{self, SlotTables},
    pins::Pins,
    probe::{self, Prober},
    tables,
};

/// The slot that is filled; no generation is ever live here.
const SLOT: u32 = 1;
/// Stand-in addresses begin at `0100::`, the prefix that is for discarding (RFC 6666)…
const FIRST_V6: u128 = 0x0100 << 112;
/// …and at 240.0.0.0, which nobody has (RFC 1112).
const FIRST_V4: u32 = 240 << 24;

/// The kernel program over one bundle's tables, as they are on no particular node.
#[derive(Debug)]
pub struct KernelJudge {
    prober: Prober,
    stand_ins: HashMap<PeerEntry, StandIns>,
}

/// Addresses that stand for a peer, known to these tables only: a peer asked about by name may have
/// no address of its own, or none of the family that the protocol needs.
#[derive(Clone, Copy, Debug)]
struct StandIns {
    v4: Address,
    v6: Address,
}

/// Pins that go when this does.
struct Private(Pins);

impl Drop for Private {
    fn drop(&mut self) {
        // What stays when this fails judges nothing, and nothing finds it.
        let _removed = self.0.remove();
    }
}

impl KernelJudge {
    /// Loads the programs anew and fills their tables with those of a bundle.
    pub fn new(bundle: &Bundle<'_>) -> Result<Self> {
        let root = format!("/sys/fs/bpf/ztc-probe-{}", std::process::id());
        let private = Private(Pins::new(root));
        let datapath = Datapath::open(private.0.clone())?;
        let mut tables = tables::tables(bundle, &[], None);
        let stand_ins = stand_ins(bundle, &mut tables);
        fill::fill(&datapath, SLOT, &tables)?;
        fill::read_back(&datapath, SLOT, &tables)?;
        // The program keeps its maps: both live as long as this process holds it.
        Ok(Self {
            prober: Prober::new(&datapath)?,
            stand_ins,
        })
    }

    /// The address that the packet comes from or goes to.
    fn address(&self, ask: &Ask) -> Option<Address> {
        let real = ask.peer_address.map(wire);
        let fits = |address: &Address| match ask.protocol {
            Protocol::Icmp => address.ipv4().is_some(),
            Protocol::Icmpv6 => address.ipv4().is_none(),
            _ => true,
        };
        real.filter(fits).or_else(|| {
            let stand_ins = self.stand_ins.get(&ask.peer)?;
            Some(match ask.protocol {
                Protocol::Icmp => stand_ins.v4,
                _ => stand_ins.v6,
            })
        })
    }

    fn ask(&self, ask: &Ask, row: u32, packet: &[u8]) -> std::result::Result<Verdict, NoAnswer> {
        let answer = self.prober.ask(SLOT, row, ask.direction, packet);
        let answer = answer.map_err(failed)?;
        match answer.reason {
            None => Ok(answer.verdict),
            Some(DropReason::IncompleteTables) => Err(NoAnswer::Incomplete),
            Some(reason) => Err(failed(reason.text())),
        }
    }
}

impl Judge for KernelJudge {
    fn judge(&mut self, ask: &Ask) -> std::result::Result<Judged, NoAnswer> {
        let address = self.address(ask);
        let peer = address.ok_or_else(|| failed(format!("no peer {} is known", ask.peer.peer)))?;
        let frame = probe::first_packet(ask.direction, peer, ask.protocol, ask.port);
        let packet = frame.bytes().map_err(failed)?;
        let verdict = self.ask(ask, ask.row, &packet)?;
        let shadow = match ask.shadow_row == ask.row {
            true => None,
            false => Some(self.ask(ask, ask.shadow_row, &packet)?),
        };
        Ok(Judged::new(verdict, shadow))
    }
}

fn failed(reason: impl ToString) -> NoAnswer {
    NoAnswer::Failed {
        reason: reason.to_string(),
    }
}

/// Gives every peer of the bundle addresses that no other peer has.
fn stand_ins(bundle: &Bundle<'_>, tables: &mut SlotTables) -> HashMap<PeerEntry, StandIns> {
    let known = &tables.peers;
    let is_free = |address: &Address| known.binary_search_by_key(address, |(a, _)| *a).is_err();
    let v4 = (FIRST_V4..).map(|bits| Address::from_ipv4(bits.to_be_bytes()));
    let v6 = (FIRST_V6..).map(|bits| Address::from_ipv6(bits.to_be_bytes()));
    let free = v4.filter(is_free).zip(v6.filter(is_free));
    let given: Vec<_> = free
        .zip(peers(bundle))
        .map(|((v4, v6), entry)| (entry, StandIns { v4, v6 }))
        .collect();
    for (entry, StandIns { v4, v6 }) in &given {
        tables.peers.extend([(*v4, *entry), (*v6, *entry)]);
    }
    given.into_iter().collect()
}

/// Every peer that the tables of a bundle know.
fn peers(bundle: &Bundle<'_>) -> Vec<PeerEntry> {
    let entry = |peer, group| PeerEntry { peer, group };
    let reserved = bundle.reserved();
    let reserved = reserved.iter().map(|r| entry(r.peer, r.group));
    let classes = bundle.classes();
    let classes = classes.iter().map(|r| entry(r.class, r.group));
    let prefixes = bundle.prefixes();
    let prefixes = prefixes.iter().map(|r| entry(r.peer, r.group));
    let nodes = bundle.node_classes();
    let nodes = nodes
        .iter()
        .flat_map(|r| [entry(r.peer, r.group), entry(r.own_peer, r.own_group)]);
    let mut peers: Vec<_> = reserved
        .chain(classes)
        .chain(prefixes)
        .chain(nodes)
        .collect();
    peers.sort_unstable();
    peers.dedup();
    peers
}

fn wire(address: IpAddr) -> Address {
    match address.to_canonical() {
        IpAddr::V4(v4) => Address::from_ipv4(v4.octets()),
        IpAddr::V6(v6) => Address::from_ipv6(v6.octets()),
    }
}
