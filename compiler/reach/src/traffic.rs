//! What two ends may say to each other, and which rules let them.
//!
//! Must not know tables.

use ztc_abi::Verdict;

use crate::{IdentityId, PortRange, PortSet};

/// What both sides say of one access. `None` where an end is no subject of policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Verdicts {
    /// Of the end that opens the connection.
    pub egress: Option<Verdict>,
    /// Of the other end.
    pub ingress: Option<Verdict>,
}

impl Verdicts {
    /// Whether no side keeps it out.
    pub fn is_allow(&self) -> bool {
        let sides = [self.egress, self.ingress];
        sides.into_iter().flatten().all(Verdict::is_allow)
    }
}

/// Ports that are permitted for one reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Segment {
    /// The ports.
    pub ports: PortRange,
    /// What lets them through.
    pub verdicts: Verdicts,
}

/// What is permitted between two ends: ascending segments that do not overlap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Traffic {
    /// The segments; neighbours differ in their reasons.
    pub segments: Vec<Segment>,
}

impl Traffic {
    /// Whether nothing is permitted.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The ports, whatever permits them.
    pub fn ports(&self) -> PortSet {
        self.segments.iter().map(|segment| segment.ports).collect()
    }

    /// Every reason with the ports that are permitted for it, in the order of their first ports.
    pub fn by_reason(&self) -> Vec<(Verdicts, PortSet)> {
        let mut reasons: Vec<(Verdicts, Vec<PortRange>)> = Vec::new();
        for segment in &self.segments {
            let known = reasons
                .iter_mut()
                .find(|(verdicts, _)| *verdicts == segment.verdicts);
            match known {
                Some((_, ports)) => ports.push(segment.ports),
                None => reasons.push((segment.verdicts, vec![segment.ports])),
            }
        }
        reasons
            .into_iter()
            .map(|(verdicts, ports)| (verdicts, ports.into_iter().collect()))
            .collect()
    }
}

/// Somebody who may be talked to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// Who.
    pub to: IdentityId,
    /// Place in [`Outgoing::traffics`].
    pub traffic: u32,
}

/// Everybody that one identity may open a connection to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outgoing {
    /// By identity, ascending.
    pub links: Vec<Link>,
    /// What is permitted, each once; none is empty.
    pub traffics: Vec<Traffic>,
}
