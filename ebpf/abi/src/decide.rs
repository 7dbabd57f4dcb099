//! The one walk from an access to a verdict. Kernel, simulator and `ztc explain` call it.
//!
//! Precedence is not here: lowering has settled it. Neither is conntrack: a reply is not an access.

use crate::{Peer, PeerEntry, Protocol, Verdict, wire};

wire! {
    /// Key of the decision table.
    pub struct DecisionKey {
        /// A row: one subject class (or several with equal rows) in one direction; never 0.
        pub row: u32,
        /// A [`Peer`]: exact, a group, or a kind ([`Peer::kind`]).
        pub peer: u32,
    }
}

wire! {
    /// Value of the decision table: what one peer gets on every port.
    pub struct Decision {
        /// The port map to look into, 0 for none; bit 31 is [`Decision::BY_PROTOCOL`].
        pub port_map: u32,
        /// The [`Verdict`] on every port that the port map does not mention.
        pub rest: u32,
    }
}

impl Decision {
    /// Set in [`Decision::port_map`] when the map says something of whole protocols, under the
    /// port class [`Protocol::rest`]. Saves a look-up where it does not, which is nearly always.
    pub const BY_PROTOCOL: u32 = 1 << 31;
}

wire! {
    /// What a port map says of a port class: names a [`Verdict`].
    pub struct VerdictKey {
        /// A port map, without [`Decision::BY_PROTOCOL`]; never 0.
        pub port_map: u32,
        /// A port class.
        pub port_class: u32,
    }
}

/// Verdicts of neighbouring port classes, as the kernel keeps them: [`NO_VERDICT`] where the port
/// map says nothing. A port map speaks of few classes, and often of neighbours, so rows are several
/// times fewer than verdicts.
pub type VerdictRow = [u32; 16];

/// No verdict; the one pattern of bits that [`Verdict::new`] never makes.
pub const NO_VERDICT: u32 = u32::MAX;

impl VerdictKey {
    /// The key of the row that a verdict is in, and its place there, below 16.
    #[inline(always)]
    pub const fn row(self) -> (VerdictRowKey, usize) {
        let row = VerdictRowKey {
            port_map: self.port_map,
            row: self.port_class / 16,
        };
        (row, (self.port_class % 16) as usize)
    }
}

wire! {
    /// Key of the kernel's verdict table, whose value is a [`VerdictRow`].
    pub struct VerdictRowKey {
        /// A port map.
        pub port_map: u32,
        /// Port class divided by 16.
        pub row: u32,
    }
}

/// One question to the policy: may this subject (its row in one direction) and this peer talk on
/// this protocol and port?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// The subject's row in the direction asked about; 0 when nothing isolates it.
    pub row: u32,
    /// The peer and its group.
    pub peer: PeerEntry,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port, or the ICMP type; host order; ignored for [`Protocol::Other`].
    pub port: u16,
}

/// One generation's tables: the kernel's maps, or the same tables in a bundle.
pub trait Tables {
    /// What a row says of a peer, a group, or a kind.
    fn decision(&self, key: DecisionKey) -> Option<Decision>;
    /// The class of a port; [`Protocol::rest`] for a port that no policy names. `None` when the
    /// table is missing, which is a fault.
    fn port_class(&self, protocol: Protocol, port: u16) -> Option<u16>;
    /// What a port map says of a port class.
    fn verdict(&self, key: VerdictKey) -> Option<Verdict>;
}

/// Judges one access against one generation's tables. `None` means that the tables are incomplete,
/// and the caller must drop.
///
/// 1. Row 0: nothing isolates this subject in this direction.
/// 2. The decision for this peer; without one, for its group; without one, for its kind. A
///    row always has the last.
/// 3. The verdict for this port's class; without one, for the whole protocol where the port map
///    says something of it; without that, the decision's rest.
#[inline(always)]
pub fn decide(access: &Access, tables: &impl Tables) -> Option<Verdict> {
    // 1.
    let row = access.row;
    if row == 0 {
        return Some(Verdict::BUILT_IN_ALLOW);
    }
    // 2.
    let decision = match tables.decision(DecisionKey {
        row,
        peer: access.peer.peer,
    }) {
        Some(decision) => decision,
        None => match tables.decision(DecisionKey {
            row,
            peer: access.peer.group,
        }) {
            Some(decision) => decision,
            None => tables.decision(DecisionKey {
                row,
                peer: Peer(access.peer.peer).kind().0,
            })?,
        },
    };
    // 3.
    let rest = Some(Verdict(decision.rest));
    let port_map = decision.port_map & !Decision::BY_PROTOCOL;
    if port_map == 0 {
        return rest;
    }
    let class = match access.protocol {
        Protocol::Other => Protocol::Other.rest(),
        protocol => tables.port_class(protocol, access.port)?,
    };
    let found = tables.verdict(VerdictKey {
        port_map,
        port_class: class as u32,
    });
    if found.is_some() {
        return found;
    }
    if decision.port_map & Decision::BY_PROTOCOL != 0 {
        let whole = VerdictKey {
            port_map,
            port_class: access.protocol.rest() as u32,
        };
        if let Some(verdict) = tables.verdict(whole) {
            return Some(verdict);
        }
    }
    rest
}
