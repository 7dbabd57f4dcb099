//! The last numbers of selectors, prefixes and named ports, once all of them are known.
//!
//! Must not know how they were collected.

use super::{PeerTerm, Peers, PortTerm, Ports, ProxyPeer, Rule};

/// For each number that was given in order of appearance, the one that stays.
pub(super) struct Renumbering {
    pub(super) selectors: Vec<u32>,
    pub(super) cidrs: Vec<u32>,
    pub(super) named_ports: Vec<u32>,
}

impl Renumbering {
    /// Renumbers all that a rule refers to.
    pub(super) fn rule(&self, rule: &mut Rule) {
        rule.subject.0 = new(&self.selectors, rule.subject.0);
        if let Peers::Terms(terms) = &mut rule.peers {
            for peer in terms {
                self.term(&mut peer.term);
            }
        }
        self.ports(&mut rule.ports);
        if let Some(proxied) = &mut rule.proxied {
            for peer in &mut proxied.peers {
                if let ProxyPeer::Term(term) = peer {
                    self.term(term);
                }
            }
            for ask in &mut proxied.uses {
                self.ports(&mut ask.ports);
            }
        }
    }

    /// The number of a prefix that stays.
    pub(super) fn cidr(&self, old: u32) -> u32 {
        new(&self.cidrs, old)
    }

    fn term(&self, term: &mut PeerTerm) {
        match term {
            PeerTerm::Selector(id) => id.0 = new(&self.selectors, id.0),
            PeerTerm::Cidr(id) | PeerTerm::Network(id) => id.0 = self.cidr(id.0),
            PeerTerm::Entity(_) => {}
        }
    }

    fn ports(&self, ports: &mut Ports) {
        let Ports::Terms(terms) = ports else {
            return;
        };
        for (term, _) in terms {
            if let PortTerm::Named(id) = term {
                id.0 = new(&self.named_ports, id.0);
            }
        }
    }
}

fn new(ids: &[u32], old: u32) -> u32 {
    ids.get(old as usize).copied().unwrap_or(old)
}
