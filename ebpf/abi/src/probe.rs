//! How the loader asks the kernel program about a slot that is not live, through
//! BPF_PROG_TEST_RUN: the question and the answer travel in the five words of `__sk_buff.cb`.
//!
//! The packet is a real one and takes the real path from parser to `decide()`; only conntrack and
//! the endpoint map are left out, because a probe asks about a subject that need not run here.

/// Index in `cb` of the slot to ask (0 or 1), plus [`EGRESS`] for a question about egress.
pub const CB_SLOT: usize = 0;
/// Index in `cb` of the subject's row.
pub const CB_ROW: usize = 1;
/// Index in `cb` of the answer's [`Verdict`](crate::Verdict) bits.
pub const CB_VERDICT: usize = 2;
/// Index in `cb` of the peer that was found.
pub const CB_PEER: usize = 3;
/// Index in `cb` of the answer's [`DropReason`](crate::DropReason), 0 when it was judged.
pub const CB_REASON: usize = 4;
/// Set in the slot word when the packet leaves the subject.
pub const EGRESS: u32 = 1 << 1;
