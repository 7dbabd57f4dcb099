//! What a new pod has when it calls its ports what policies ask for.
//!
//! Must not know how names were chosen.

use std::collections::{BTreeMap, BTreeSet};

use ztc_abi::Protocol;
use ztc_reach::{IdentityId, PortSet, Reach, Reasons};

use super::port_names::PortName;

/// Ports with names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct NamedPorts {
    pub(super) protocol: Protocol,
    /// One of these; `None` for any that no rule names by number.
    pub(super) numbers: Option<(u16, u16)>,
    /// What one of them is called, each of these; sorted.
    pub(super) names: Vec<String>,
}

/// For those who may open something: the ports with names, and why.
pub(super) type Named = BTreeMap<IdentityId, BTreeMap<NamedPorts, Reasons>>;

impl NamedPorts {
    /// Whether a pod that has these has the others as well.
    fn covers(&self, other: &Self) -> bool {
        let is_in = |name| other.names.contains(name);
        self.protocol == other.protocol
            && (self.numbers.is_none() || self.numbers == other.numbers)
            && self.names.iter().all(is_in)
    }
}

/// `TCP if it names a port` and the names that do, each by itself or several together.
pub(super) fn text(ports: &BTreeSet<NamedPorts>) -> String {
    type Numbers<'n> = (Option<(u16, u16)>, &'n str);
    let mut alike: BTreeMap<Numbers<'_>, Vec<String>> = BTreeMap::new();
    for one in ports {
        let names: Vec<String> = one.names.iter().map(|name| format!("`{name}`")).collect();
        let key = (one.numbers, one.protocol.name());
        alike.entry(key).or_default().push(names.join(" and "));
    }
    let texts = alike.into_iter().map(|((numbers, protocol), names)| {
        let names = names.join(" or ");
        match numbers {
            None => format!("{protocol} if it names a port {names}"),
            Some((first, last)) if first == last => {
                format!("{first}/{protocol} if it names it {names}")
            }
            Some((first, last)) => {
                format!("{first}-{last}/{protocol} if it names one of them {names}")
            }
        }
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Adds what one list of ports gets a pod: of what somebody may open to it, the ports with names.
pub(super) fn add(
    named: &mut Named,
    with_pods: &Reach<'_>,
    (source, pod): (IdentityId, IdentityId),
    ports: &PortSet,
    list: &[PortName],
) {
    let of_source = named.entry(source).or_default();
    for (reasons, permitted) in with_pods.permitted(source, pod) {
        let open = permitted.common(ports);
        for port in list
            .iter()
            .filter(|one| open.contains(one.protocol, one.number))
        {
            let is_same =
                |one: &&PortName| (one.protocol, one.number) == (port.protocol, port.number);
            let same = list.iter().filter(is_same);
            let mut names: Vec<String> = same.map(|one| one.name.clone()).collect();
            names.sort();
            let found = NamedPorts {
                protocol: port.protocol,
                numbers: port.alike,
                names,
            };
            of_source.entry(found).or_insert(reasons);
        }
    }
}

/// Leaves out what others of the same pod, or those that it has anyway, say already.
pub(super) fn reduce(named: &mut Named, anyway: &Named) {
    for (source, ports) in named.iter_mut() {
        let known = anyway.get(source);
        let all: Vec<NamedPorts> = ports.keys().cloned().collect();
        ports.retain(|one, _| {
            let mut known = known.into_iter().flat_map(BTreeMap::keys);
            let mut others = all.iter().filter(|other| *other != one);
            !known.any(|other| other.covers(one)) && !others.any(|other| other.covers(one))
        });
    }
    named.retain(|_, ports| !ports.is_empty());
}

/// Adds what is not there; says whether there was anything.
pub(super) fn add_new(known: &mut Named, more: &Named) -> bool {
    let mut is_new = false;
    for (source, ports) in more {
        let known = known.entry(*source).or_default();
        for (one, reasons) in ports {
            if !known.keys().any(|other| other.covers(one)) {
                known.insert(one.clone(), *reasons);
                is_new = true;
            }
        }
    }
    is_new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(numbers: Option<(u16, u16)>, names: &[&str]) -> NamedPorts {
        NamedPorts {
            protocol: Protocol::Tcp,
            numbers,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn any_number_and_fewer_names_say_more() {
        let any = ports(None, &["a"]);
        assert!(any.covers(&ports(Some((80, 80)), &["a"])));
        assert!(any.covers(&ports(None, &["a", "b"])));
        assert!(!any.covers(&ports(None, &["b"])));
        assert!(!ports(Some((80, 80)), &["a"]).covers(&any));
    }

    #[test]
    fn names_that_do_by_themselves_are_told_from_those_that_do_together() {
        let all = [
            ports(None, &["a"]),
            ports(None, &["b"]),
            ports(Some((80, 90)), &["c", "d"]),
            ports(Some((443, 443)), &["c"]),
        ];
        assert_eq!(
            text(&all.into_iter().collect()),
            "TCP if it names a port `a` or `b`, 80-90/TCP if it names one of them `c` and `d`, \
             443/TCP if it names it `c`"
        );
    }
}
