//! One side's question in numbers, and who can answer it.
//!
//! Must not know names: by now every end is a number or an address.

use std::net::IpAddr;

use ztc_abi::{Direction, Peer, PeerEntry, Protocol, Verdict};

use super::NoAnswer;
use crate::Simulator;

/// One side's question: may this pod and this peer talk?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ask {
    /// Seen from the subject.
    pub direction: Direction,
    /// The subject's class.
    pub class: Peer,
    /// The subject's row in this direction; 0 when nothing isolates it.
    pub row: u32,
    /// Its row if audited policies were enforced; `row` when that is the same.
    pub shadow_row: u32,
    /// The peer, as the subject sees it.
    pub peer: PeerEntry,
    /// An address for which [`crate::Bundle::peer_of`] gives this peer. `None` when the peer is
    /// known by its number only, or is something else to the subject than to other nodes.
    pub peer_address: Option<IpAddr>,
    /// Never [`Protocol::Other`].
    pub protocol: Protocol,
    /// Destination port or ICMP type.
    pub port: u16,
}

/// What a judge says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Judged {
    /// The verdict that is enforced.
    pub verdict: Verdict,
    /// What would be if audited policies were enforced; only where that is another outcome.
    pub shadow: Option<Verdict>,
}

impl Judged {
    /// A verdict, and that of the shadow row where it was asked.
    pub fn new(verdict: Verdict, shadow: Option<Verdict>) -> Self {
        Self {
            verdict,
            shadow: shadow.filter(|shadow| shadow.is_allow() != verdict.is_allow()),
        }
    }
}

/// Answers questions from the tables, wherever they are.
pub trait Judge {
    /// The verdict on one side.
    ///
    /// # Errors
    ///
    /// [`NoAnswer::Incomplete`] when the tables lack an entry, [`NoAnswer::Failed`] when they
    /// cannot be asked.
    fn judge(&mut self, ask: &Ask) -> Result<Judged, NoAnswer>;
}

impl Judge for &Simulator<'_> {
    fn judge(&mut self, ask: &Ask) -> Result<Judged, NoAnswer> {
        let on = |row| {
            Simulator::judge(self, row, ask.peer, ask.protocol, ask.port)
                .ok_or(NoAnswer::Incomplete)
        };
        let verdict = on(ask.row)?;
        let shadow = if ask.shadow_row == ask.row {
            None
        } else {
            Some(on(ask.shadow_row)?)
        };
        Ok(Judged::new(verdict, shadow))
    }
}
