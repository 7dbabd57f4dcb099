//! What would happen if audited policies were enforced.
//!
//! Must not decide a packet's fate: that was settled by the row that is enforced.

use ztc_abi::{Access, Action, PeerEntry, Protocol, Verdict};

use crate::policy;

/// The verdict of the row that audited policies would make of a subject's.
///
/// Where its tables are incomplete, enforcing it would drop, and that is what is said.
#[inline(always)]
pub fn judge(slot: u32, row: u32, access: &Access) -> Verdict {
    let PeerEntry { peer, group } = access.peer;
    let service = (access.protocol as u32) << 16 | u32::from(access.port);
    Verdict(ztc_shadow(slot, row, peer, group, service))
}

/// The bits of [`judge`]'s verdict; `service` is the protocol's index above the port.
///
/// Verifier: global, as `ztc_read_headers` is. Few flows come here, and none that is established.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn ztc_shadow(slot: u32, row: u32, peer: u32, group: u32, service: u32) -> u32 {
    let access = Access {
        row,
        peer: PeerEntry { peer, group },
        protocol: Protocol::from_index((service >> 16) as u8).unwrap_or(Protocol::Other),
        port: service as u16,
    };
    let verdict = policy::judge(slot, &access);
    verdict.map_or(Verdict::new(Action::NotAllowed, 0).0, |verdict| verdict.0)
}
