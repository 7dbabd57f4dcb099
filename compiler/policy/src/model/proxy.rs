//! What a rule asks of a proxy, or of the handshake before it: kept to tell whether Cilium could
//! merge it with what other rules ask (SEMANTICS.md S8).
//!
//! Must not know what a proxy does with it: ztc has none.

use ztc_diag::{Span, Spanned};
use ztc_syntax::{AuthenticationMode, CiliumL7, CiliumTls, NamePattern};

use super::{PeerTerm, Ports};

/// All that one rule asks.
#[derive(Clone, Debug)]
pub struct Proxied {
    /// Of whose traffic it is asked.
    pub peers: Vec<ProxyPeer>,
    /// What is asked.
    pub uses: Vec<ProxyUse>,
}

/// A peer as Cilium's merging tells peers apart: by how they are written, not by whom they match.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProxyPeer {
    /// Everyone.
    Everyone,
    /// A selector, an entity or a prefix.
    Term(PeerTerm),
    /// A name, whatever its addresses are.
    Name(NamePattern),
    /// A cloud group, whatever its addresses are.
    Group(String),
}

/// What is asked for some ports; at least one of the fields is there.
#[derive(Clone, Debug)]
pub struct ProxyUse {
    /// The ports.
    pub ports: Ports,
    /// An explicit mode of authentication, `disabled` included.
    pub authentication: Option<Spanned<AuthenticationMode>>,
    /// Rules for requests.
    pub l7: Option<CiliumL7>,
    /// TLS contexts and server names.
    pub tls: Option<CiliumTls>,
    /// A custom listener.
    pub listener: Option<Listener>,
}

/// A listener by its full name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listener {
    /// Where it is written.
    pub span: Span,
    /// Namespace, configuration and name; no namespace for a clusterwide configuration.
    pub name: String,
    /// Lower wins.
    pub priority: u8,
}
