//! Sets of ports, by protocol.
//!
//! Must not know who may use them.

use std::fmt;

use ztc_abi::Protocol;

/// Ports of one protocol, from the first to the last. Of ICMP they are types, 0..=255; a protocol
/// without ports has the one range 0..=65535.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PortRange {
    /// Index of the protocol, so that ranges sort.
    protocol: u8,
    /// The first.
    pub first: u16,
    /// The last; not before the first.
    pub last: u16,
}

impl PortRange {
    /// A range; `None` when it ends before it begins.
    pub fn new(protocol: Protocol, first: u16, last: u16) -> Option<Self> {
        (first <= last).then_some(Self {
            protocol: protocol as u8,
            first,
            last,
        })
    }

    /// Every port of a protocol.
    pub fn whole(protocol: Protocol) -> Self {
        Self {
            protocol: protocol as u8,
            first: 0,
            last: last_of(protocol),
        }
    }

    /// The protocol.
    pub fn protocol(&self) -> Protocol {
        Protocol::from_index(self.protocol).unwrap_or(Protocol::Other)
    }

    /// Whether it is every port of its protocol.
    pub fn is_whole(&self) -> bool {
        *self == Self::whole(self.protocol())
    }
}

/// The largest number of a protocol's ports or types.
pub(crate) const fn last_of(protocol: Protocol) -> u16 {
    match protocol {
        Protocol::Icmp | Protocol::Icmpv6 => 255,
        _ => u16::MAX,
    }
}

/// `8080/TCP`, `80-90/TCP`, `all UDP`, `8/ICMP`.
impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, first, last) = (self.protocol().name(), self.first, self.last);
        match (self.protocol(), self.is_whole()) {
            (Protocol::Other, _) => f.write_str("other protocols"),
            (_, true) => write!(f, "all {name}"),
            _ if first == last => write!(f, "{first}/{name}"),
            _ => write!(f, "{first}-{last}/{name}"),
        }
    }
}

/// Ports of every protocol: ascending ranges that neither overlap nor touch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct PortSet(Vec<PortRange>);

impl PortSet {
    /// Every port of every protocol, those that policies cannot name included.
    pub fn everything() -> Self {
        Self(Protocol::ALL.map(PortRange::whole).to_vec())
    }

    /// The ranges.
    pub fn ranges(&self) -> &[PortRange] {
        &self.0
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything is in it.
    pub fn is_everything(&self) -> bool {
        *self == Self::everything()
    }

    /// Whether a port is in it.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        let protocol = protocol as u8;
        let mut own = self.0.iter().filter(|range| range.protocol == protocol);
        own.any(|range| (range.first..=range.last).contains(&port))
    }

    /// What is in both.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let (mut own, mut others) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(range), Some(cut)) = (own.peek(), others.peek()) {
            let (first, last) = (range.first.max(cut.first), range.last.min(cut.last));
            if range.protocol == cut.protocol && first <= last {
                both.push(PortRange {
                    first,
                    last,
                    ..**range
                });
            }
            // Whichever ends first has nothing in common with what follows in the other list.
            if (range.protocol, range.last) <= (cut.protocol, cut.last) {
                own.next();
            } else {
                others.next();
            }
        }
        Self(both)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for range in &self.0 {
            let begins = (range.protocol, range.first);
            let from = other
                .0
                .partition_point(|cut| (cut.protocol, cut.last) < begins);
            let cuts = other.0.get(from..).unwrap_or_default().iter();
            let cuts =
                cuts.take_while(|cut| cut.protocol == range.protocol && cut.first <= range.last);
            let mut next = Some(range.first);
            for cut in cuts {
                if let (Some(first), Some(last)) = (next, cut.first.checked_sub(1))
                    && first <= last
                {
                    left.push(PortRange {
                        first,
                        last,
                        ..*range
                    });
                }
                next = cut.last.checked_add(1);
            }
            if let Some(first) = next.filter(|first| *first <= range.last) {
                left.push(PortRange { first, ..*range });
            }
        }
        Self(left)
    }
}

impl FromIterator<PortRange> for PortSet {
    fn from_iter<I: IntoIterator<Item = PortRange>>(ranges: I) -> Self {
        let mut ranges: Vec<PortRange> = ranges.into_iter().collect();
        ranges.sort_unstable();
        ranges.dedup_by(|next, range| {
            let touches = next.protocol == range.protocol
                && u32::from(next.first) <= u32::from(range.last) + 1;
            if touches {
                range.last = range.last.max(next.last);
            }
            touches
        });
        Self(ranges)
    }
}

/// `everything`, `nothing`, or the ranges with commas between; where they are fewer, those that are
/// not in it: `everything but 53/TCP, 53/UDP`.
impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        if self.is_everything() {
            return f.write_str("everything");
        }
        let left_out = Self::everything().minus(self).0;
        let ranges = if left_out.len() < self.0.len() {
            f.write_str("everything but ")?;
            &left_out
        } else {
            &self.0
        };
        for (index, range) in ranges.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{range}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(first: u16, last: u16) -> PortRange {
        PortRange::new(Protocol::Tcp, first, last).expect("a range")
    }

    fn set(ranges: &[PortRange]) -> PortSet {
        ranges.iter().copied().collect()
    }

    #[test]
    fn ranges_that_touch_are_one() {
        let ports = set(&[tcp(90, 99), tcp(80, 85), tcp(84, 89)]);
        assert_eq!(ports.ranges(), [tcp(80, 99)]);
        let udp = PortRange::new(Protocol::Udp, 100, 100).expect("a range");
        assert_eq!(set(&[tcp(80, 99), udp]).to_string(), "80-99/TCP, 100/UDP");
    }

    #[test]
    fn a_difference_has_what_only_the_first_has() {
        let ports = set(&[tcp(0, u16::MAX)]);
        let cut = set(&[tcp(0, 0), tcp(80, 90), tcp(u16::MAX, u16::MAX)]);
        assert_eq!(ports.minus(&cut), set(&[tcp(1, 79), tcp(91, 65534)]));
        assert!(cut.minus(&ports).is_empty());
        assert_eq!(ports.common(&cut), cut);
        let everything = PortSet::everything();
        let rest = everything.minus(&ports);
        assert_eq!(rest.ranges().len(), 5);
        assert!(rest.minus(&everything).is_empty());
    }

    #[test]
    fn sets_are_cut_as_port_by_port() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut set = || -> (PortSet, Vec<bool>) {
            let mut has = vec![false; 40];
            let ranges: Vec<PortRange> = (0..random.usize(0..6))
                .map(|_| {
                    let first = random.u16(0..40);
                    let range = tcp(first, random.u16(first..40));
                    for (port, has) in (0u16..).zip(&mut has) {
                        *has |= (range.first..=range.last).contains(&port);
                    }
                    range
                })
                .collect();
            (ranges.into_iter().collect(), has)
        };
        for _ in 0..2000 {
            let ((one, in_one), (other, in_other)) = (set(), set());
            let (common, minus) = (one.common(&other), one.minus(&other));
            for (port, (in_one, in_other)) in (0u16..).zip(in_one.into_iter().zip(in_other)) {
                let is_in = |set: &PortSet| set.contains(Protocol::Tcp, port);
                assert_eq!(
                    is_in(&common),
                    in_one && in_other,
                    "{port} in {one} and {other}"
                );
                assert_eq!(
                    is_in(&minus),
                    in_one && !in_other,
                    "{port} in {one} less {other}"
                );
            }
            for set in [common, minus] {
                let again: PortSet = set.ranges().iter().copied().collect();
                assert_eq!(again, set, "ascending, and no two of them touch");
            }
        }
    }

    #[test]
    fn everything_and_nothing_are_said_so() {
        assert_eq!(PortSet::everything().to_string(), "everything");
        assert_eq!(PortSet::default().to_string(), "nothing");
        let but_two = PortSet::everything().minus(&set(&[tcp(53, 53), tcp(80, 80)]));
        assert_eq!(but_two.to_string(), "everything but 53/TCP, 80/TCP");
        let whole = set(&[PortRange::whole(Protocol::Icmp), tcp(0, u16::MAX)]);
        assert_eq!(whole.to_string(), "all TCP, all ICMP");
    }
}
