//! Prefixes cut into disjoint pieces; pieces that no policy tells apart are one address class.
//!
//! Every prefix that any policy names, as a base or an exception, is a piece of its own: the
//! addresses in it that are in no longer named prefix. The kernel's longest match finds the piece.

use std::{collections::BTreeMap, net::IpAddr};

use ztc_syntax::Prefix;

use crate::model::{
    Cidr, CidrId,
    prefix::{bits, contains},
};

/// One piece and what it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The prefix; longer ones in the list cut pieces out of it.
    pub prefix: Prefix,
    /// Its address class; `None` for the world that no rule's prefix tells apart.
    pub class: Option<u32>,
}

/// Addresses outside the cluster that no policy tells apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AddressClass {
    /// Whether they are IPv6 addresses.
    pub ipv6: bool,
    /// The terms that match them, ascending.
    pub cidrs: Vec<CidrId>,
}

/// All pieces and address classes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addresses {
    /// Sorted by family, address, length. Both families have a /0, which is the world.
    pub pieces: Vec<Piece>,
    /// The address classes, sorted.
    pub classes: Vec<AddressClass>,
    /// The terms that match the IPv4 and the IPv6 world.
    pub world: [Vec<CidrId>; 2],
}

impl Addresses {
    /// The most (piece, term) pairs: a repository of thousands of prefixes has some ten thousand.
    pub const MAX_MATCHES: usize = 16_000_000;

    /// Nothing but the world.
    pub(crate) fn none() -> Self {
        let world = |ipv6| Piece {
            prefix: zero(ipv6),
            class: None,
        };
        Self {
            pieces: vec![world(false), world(true)],
            classes: Vec::new(),
            world: [Vec::new(), Vec::new()],
        }
    }

    /// Cuts the address space with every prefix of these terms. `None` when the terms overlap so
    /// much that listing who is in which piece would take more than [`Self::MAX_MATCHES`].
    pub fn new(cidrs: &[Cidr]) -> Option<Self> {
        let mut prefixes: Vec<Prefix> = cidrs
            .iter()
            .flat_map(|cidr| std::iter::once(cidr.prefix).chain(cidr.except.iter().copied()))
            .chain([zero(false), zero(true)])
            .collect();
        prefixes.sort_unstable_by_key(sort_key);
        prefixes.dedup();

        let mut by_base: BTreeMap<Prefix, Vec<CidrId>> = BTreeMap::new();
        for (number, cidr) in (0u32..).zip(cidrs) {
            by_base.entry(cidr.prefix).or_default().push(CidrId(number));
        }
        let matching = matching_terms(cidrs, &prefixes, &by_base)?;

        let world = [false, true].map(|ipv6| {
            let root = prefixes.iter().position(|prefix| *prefix == zero(ipv6));
            root.and_then(|root| matching.get(root))
                .cloned()
                .unwrap_or_default()
        });
        let class_of = |prefix: &Prefix, cidrs: &Vec<CidrId>| AddressClass {
            ipv6: prefix.address.is_ipv6(),
            cidrs: cidrs.clone(),
        };
        // What no term tells from the world is the world, whatever prefix it was cut out by.
        let is_world = |class: &AddressClass| {
            let [v4, v6] = &world;
            class.cidrs == *if class.ipv6 { v6 } else { v4 }
        };
        let mut classes: Vec<AddressClass> = prefixes
            .iter()
            .zip(&matching)
            .map(|(prefix, cidrs)| class_of(prefix, cidrs))
            .filter(|class| !is_world(class))
            .collect();
        classes.sort();
        classes.dedup();
        let pieces = prefixes
            .iter()
            .zip(&matching)
            .map(|(prefix, cidrs)| {
                let found = classes.binary_search(&class_of(prefix, cidrs)).ok();
                Piece {
                    prefix: *prefix,
                    class: found.and_then(|index| u32::try_from(index).ok()),
                }
            })
            .collect();
        Some(Self {
            pieces,
            classes,
            world,
        })
    }

    /// The terms that match an address, ascending.
    pub fn at(&self, address: IpAddr) -> &[CidrId] {
        let address = address.to_canonical();
        let length = if address.is_ipv6() { 128 } else { 32 };
        let single = Prefix { address, length };
        let after = self
            .pieces
            .partition_point(|piece| sort_key(&piece.prefix) <= sort_key(&single));
        let mut before = self.pieces.get(..after).unwrap_or_default().iter().rev();
        let piece = before.find(|piece| contains(&piece.prefix, &single));
        let class = piece.and_then(|piece| self.classes.get(piece.class? as usize));
        let [v4, v6] = &self.world;
        match class {
            Some(class) => &class.cidrs,
            None if address.is_ipv6() => v6,
            None => v4,
        }
    }
}

/// For every prefix, the terms that match its piece, ascending: those whose base is the prefix or
/// contains it, unless an exception does too.
///
/// Prefixes come sorted, so the ones that contain the current one are a stack.
fn matching_terms(
    cidrs: &[Cidr],
    prefixes: &[Prefix],
    by_base: &BTreeMap<Prefix, Vec<CidrId>>,
) -> Option<Vec<Vec<CidrId>>> {
    let mut n_matches = 0;
    let mut stack: Vec<(Prefix, Vec<CidrId>)> = Vec::new();
    let mut matching = Vec::with_capacity(prefixes.len());
    for prefix in prefixes {
        while stack
            .last()
            .is_some_and(|(outer, _)| !contains(outer, prefix))
        {
            stack.pop();
        }
        let inherited = stack.last().map_or(&[][..], |(_, terms)| terms);
        let mut terms: Vec<CidrId> = inherited
            .iter()
            .chain(by_base.get(prefix).into_iter().flatten())
            .copied()
            .filter(|id| {
                // An exception that contains an outer prefix has already removed the term there.
                cidrs.get(id.0 as usize).is_some_and(|cidr| {
                    cidr.except.binary_search(prefix).is_err()
                        && !(cidr.prefix == *prefix
                            && cidr.except.iter().any(|except| contains(except, prefix)))
                })
            })
            .collect();
        terms.sort_unstable();
        n_matches += terms.len();
        if n_matches > Addresses::MAX_MATCHES {
            return None;
        }
        matching.push(terms.clone());
        stack.push((*prefix, terms));
    }
    Some(matching)
}

fn zero(ipv6: bool) -> Prefix {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let address = if ipv6 {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    } else {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    };
    Prefix { address, length: 0 }
}

/// Family, then address, then length: a prefix comes right before what it contains.
fn sort_key(prefix: &Prefix) -> (bool, u128, u8) {
    (prefix.address.is_ipv6(), bits(prefix), prefix.length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        let (address, length) = text.split_once('/').expect("a prefix");
        Prefix {
            address: address.parse().expect("an address"),
            length: length.parse().expect("a length"),
        }
    }

    fn class_of(addresses: &Addresses, text: &str) -> Option<Vec<u32>> {
        let wanted = prefix(text);
        let piece = addresses
            .pieces
            .iter()
            .find(|piece| piece.prefix == wanted)
            .expect("a piece");
        let class = addresses
            .classes
            .get(piece.class? as usize)
            .expect("a class");
        Some(class.cidrs.iter().map(|id| id.0).collect())
    }

    #[test]
    fn an_exception_is_a_piece_of_its_own_that_other_terms_may_still_match() {
        let cidrs = [
            Cidr {
                prefix: prefix("10.0.0.0/8"),
                except: vec![prefix("10.96.0.0/12")],
            },
            Cidr {
                prefix: prefix("10.97.0.0/16"),
                except: vec![],
            },
        ];
        let addresses = Addresses::new(&cidrs).expect("few prefixes");
        assert_eq!(class_of(&addresses, "10.0.0.0/8"), Some(vec![0]));
        assert_eq!(class_of(&addresses, "10.96.0.0/12"), None);
        assert_eq!(class_of(&addresses, "10.97.0.0/16"), Some(vec![1]));
    }

    #[test]
    fn an_exception_that_equals_or_covers_the_base_leaves_nothing() {
        let cidrs = [
            Cidr {
                prefix: prefix("10.0.0.0/8"),
                except: vec![prefix("10.0.0.0/8")],
            },
            Cidr {
                prefix: prefix("11.0.0.0/16"),
                except: vec![prefix("11.0.0.0/8")],
            },
        ];
        let addresses = Addresses::new(&cidrs).expect("few prefixes");
        assert!(addresses.classes.is_empty());
    }

    #[test]
    fn prefixes_that_overlap_without_bound_are_refused() {
        let cidrs: Vec<Cidr> = (0..6000u32)
            .map(|n| {
                let address = std::net::Ipv4Addr::from_bits(n << 8).into();
                Cidr {
                    prefix: prefix("0.0.0.0/0"),
                    except: vec![Prefix {
                        address,
                        length: 24,
                    }],
                }
            })
            .collect();
        assert_eq!(Addresses::new(&cidrs), None);
    }

    #[test]
    fn zero_is_the_world_of_its_family_only() {
        let cidrs = [Cidr {
            prefix: prefix("0.0.0.0/0"),
            except: vec![],
        }];
        let addresses = Addresses::new(&cidrs).expect("few prefixes");
        assert_eq!(addresses.world, [vec![CidrId(0)], vec![]]);
        assert!(addresses.classes.is_empty());
    }

    #[test]
    fn pieces_that_no_term_tells_apart_share_a_class() {
        let cidrs = [
            Cidr {
                prefix: prefix("192.0.2.0/24"),
                except: vec![prefix("192.0.2.128/25")],
            },
            Cidr {
                prefix: prefix("192.0.2.128/25"),
                except: vec![],
            },
            Cidr {
                prefix: prefix("192.0.2.0/24"),
                except: vec![],
            },
            Cidr {
                prefix: prefix("2001:db8::/32"),
                except: vec![],
            },
        ];
        let addresses = Addresses::new(&cidrs).expect("few prefixes");
        assert_eq!(class_of(&addresses, "192.0.2.0/24"), Some(vec![0, 2]));
        assert_eq!(class_of(&addresses, "192.0.2.128/25"), Some(vec![1, 2]));
        assert_eq!(class_of(&addresses, "2001:db8::/32"), Some(vec![3]));
        assert_eq!(addresses.classes.len(), 3);
    }
}
