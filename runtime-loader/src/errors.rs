//! Everything that can stop an activation: [`Refused`] is about the bundle, [`Failed`] about the
//! node.
//!
//! In both cases the policy that was running keeps running: whatever was filled was not live.

use std::{io, path::PathBuf};

use ztc_abi::{Action, Direction, Protocol, Verdict};
use ztc_bundle::{DecodeError, Digest, flow::FlowsError};

use crate::{datapath::DatapathError, endpoints::EndpointsError, store::StoreError};

/// Why a bundle was not admitted. Exit code 1.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Not a bundle, damaged, or made for another loader.
    #[error("{source}; {}", source.help())]
    Unreadable {
        /// What the reader says.
        #[from]
        source: DecodeError,
    },
    /// Not the bytes that were asked for. The registry or the disk is wrong; retry may help.
    #[error("the bundle's digest is {found}, asked for was {asked}")]
    DigestMismatch {
        /// What was asked for.
        asked: Digest,
        /// What there is.
        found: Digest,
    },
    /// More entries than the map holds. `ztc build` should have said so.
    #[error("table {map} would have {entries} entries, the map holds {capacity}")]
    TooLarge {
        /// The map.
        map: &'static str,
        /// What would go in.
        entries: usize,
        /// What goes in.
        capacity: u32,
    },
    /// A probe cannot be sent as a packet. The bundle's writer is at fault.
    #[error("probe {index} is not a packet that can be sent: {problem}")]
    ProbeUnsendable {
        /// Its index in the bundle.
        index: usize,
        /// Why.
        problem: String,
    },
    /// The kernel, asked about the slot that was just filled, gave another verdict than the
    /// compiler. One of them is wrong, and nobody knows which.
    #[error("probe {index}: {probe}: the bundle says {expected}, the kernel says {answered}")]
    WrongAnswer {
        /// Its index in the bundle.
        index: usize,
        /// The question.
        probe: Question,
        /// What the bundle expects.
        expected: String,
        /// What the kernel said.
        answered: String,
    },
    /// There is nothing to go back to.
    #[error("no other bundle is known to have run here: {}", state.display())]
    NothingBefore {
        /// Where it would be known.
        state: PathBuf,
    },
}

/// A probe as a question in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// A member of the subject's class.
    pub subject: String,
    /// The direction.
    pub direction: Direction,
    /// The peer's address.
    pub peer: std::net::IpAddr,
    /// The protocol.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
}

impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            subject,
            peer,
            port,
            ..
        } = self;
        let (direction, protocol) = (self.direction.name(), self.protocol.name());
        let side = match self.direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        write!(
            f,
            "{direction} of {subject} {side} {peer} on {port}/{protocol}"
        )
    }
}

/// A verdict in words.
pub(crate) fn verdict_text(verdict: Verdict) -> String {
    let what = match verdict.action() {
        Action::Allow => "allow",
        Action::Deny => "deny",
        Action::NotAllowed => "not allowed",
    };
    match verdict.rule() {
        0 => what.into(),
        rule => format!("{what} (rule {rule})"),
    }
}

/// What went wrong on this node. Exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The list of endpoints.
    #[error(transparent)]
    Endpoints(#[from] EndpointsError),
    /// An endpoint's interface is not there.
    #[error("endpoint `{endpoint}`: this network namespace has no interface `{interface}`")]
    NoSuchInterface {
        /// The endpoint.
        endpoint: String,
        /// Its interface.
        interface: String,
    },
    /// The state directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The kernel or its file system.
    #[error(transparent)]
    Datapath(#[from] DatapathError),
    /// A file that was named on the command line.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The network in miniature.
    #[error("{doing}: {source}")]
    Lab {
        /// What was being done.
        doing: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// Only root may do it.
    #[error("{0} needs root: it loads eBPF programs")]
    NeedsRoot(&'static str),
    /// The demo removes what it finds there, so it must be its own.
    #[error(
        "{}: the demo's pins must be in a directory whose name begins with `ztc-demo`",
        .0.display()
    )]
    NotADemo(PathBuf),
    /// A question that cannot be answered. What came before it has been.
    #[error("{0}{advice}", advice = advice(.0))]
    Flows(FlowsError),
    /// A signal came.
    #[error("interrupted; what was made is removed")]
    Interrupted,
    /// Standard output is gone.
    #[error("cannot write the answer: {0}")]
    Output(io::Error),
}

/// What to do about it, where that is known.
fn advice(error: &FlowsError) -> String {
    match error.advice() {
        advice if advice.is_empty() => advice,
        advice => format!("; {advice}"),
    }
}

/// Why there is no new generation.
#[derive(Debug, thiserror::Error)]
pub enum NotActivated {
    /// It is the bundle's fault.
    #[error("refused: {0}")]
    Refused(#[from] Refused),
    /// It is the node's.
    #[error("{0}")]
    Failed(#[from] Failed),
}

impl From<DatapathError> for NotActivated {
    fn from(error: DatapathError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StoreError> for NotActivated {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
