//! The other side of a rule.

use ztc_diag::Span;
use ztc_syntax::{Entity, Prefix};

/// Index in [`Model::selectors`](super::Model::selectors).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SelectorId(pub u32);

/// Index in [`Model::cidrs`](super::Model::cidrs).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CidrId(pub u32);

/// A prefix with exceptions. Selects addresses outside the cluster, never pods or nodes
/// (SEMANTICS.md).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cidr {
    /// The base.
    pub prefix: Prefix,
    /// What it leaves out, sorted, each once.
    pub except: Vec<Prefix>,
}

/// One peer that a rule names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PeerTerm {
    /// Whoever has these labels.
    Selector(SelectorId),
    /// An entity.
    Entity(Entity),
    /// Addresses outside the cluster, and of nodes where the options say so.
    Cidr(CidrId),
    /// Addresses of anyone: outside, pods, nodes.
    Network(CidrId),
}

/// A term and where it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// The term.
    pub term: PeerTerm,
    /// Where.
    pub span: Span,
}

/// The peers of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Peers {
    /// Everyone: pods, nodes, the world.
    All,
    /// Whoever any of these matches; none is no one.
    Terms(Vec<Peer>),
}
