//! For tests only: random contents that a reader accepts, and a way to seal damaged bundles again.
//!
//! The contents are consistent but mean nothing: selectors and rules have nothing to do with each
//! other. Probes do hold.

mod peers;
mod tables;

use std::collections::BTreeSet;

use ztc_abi::{Peer, WireField};

use crate::{Contents, DirectoryEntry, Header, header::content_digest, records::*};

/// Makes the digests of a damaged bundle right again, as far as its directory can be followed, so
/// that a test reaches the checks behind them.
pub fn reseal(bytes: &mut [u8]) {
    let Some(header) = Header::read(bytes) else {
        return;
    };
    let n_sections = header.n_sections as usize;
    let directory = n_sections.saturating_mul(DirectoryEntry::SIZE);
    let directory_end = directory.saturating_add(Header::SIZE).min(bytes.len());
    for start in (Header::SIZE..directory_end).step_by(DirectoryEntry::SIZE) {
        let Some(mut entry) = bytes.get(start..).and_then(DirectoryEntry::read) else {
            return;
        };
        let offset = usize::try_from(entry.offset).unwrap_or(usize::MAX);
        let end = offset.saturating_add(usize::try_from(entry.length).unwrap_or(usize::MAX));
        if let Some(section) = bytes.get(offset..end) {
            entry.digest = crate::Digest::of(&[section]).0;
        }
        if let Some(place) = bytes.get_mut(start..) {
            entry.write(place);
        }
    }
    let digest = content_digest(bytes, directory_end);
    Header {
        digest: digest.0,
        ..header
    }
    .write(bytes);
}

/// Contents that a reader accepts; the same seed gives the same contents.
pub fn contents(seed: u64) -> Contents {
    let mut generator = Generator {
        random: fastrand::Rng::with_seed(seed),
        contents: Contents::default(),
    };
    generator.strings();
    generator.selectors();
    generator.rules();
    generator.tables();
    generator.networks();
    generator.node_classes();
    generator.classes();
    generator.decisions();
    generator.peers();
    generator.beside();
    generator.probes();
    generator.contents
}

/// Contents that somebody wrote by hand, with what is beside the tables: every endpoint is its own
/// workload, and every rule means something else.
pub fn complete(mut contents: Contents) -> Contents {
    let workloads = (0..).zip(&contents.endpoints);
    let workloads = workloads.map(|(facts_low, endpoint)| WorkloadRecord {
        workload: endpoint.name,
        facts_low,
        facts_high: 0,
    });
    contents.workloads = workloads.collect();
    let meanings = (1..).take(contents.rules.len());
    contents.meanings = meanings.map(|meaning| MeaningRecord { meaning }).collect();
    contents
}

/// A filter of labels that generated contents may have.
const FILTER: &str = "k8s:app !tier";

/// The group of a peer in generated contents.
fn group_of(peer: Peer) -> u32 {
    let group = match peer {
        Peer::REMOTE_NODE | Peer::KUBE_APISERVER => 1,
        peer if peer.is_node_class() => 1,
        peer if peer.is_class() => 2,
        peer if peer.is_address_class() => 3,
        _ => 0,
    };
    Peer::FIRST_GROUP + group
}

struct Generator {
    random: fastrand::Rng,
    contents: Contents,
}

impl Generator {
    fn up_to(&mut self, most: u32) -> u32 {
        self.random.u32(0..=most)
    }

    fn text(&mut self) -> StringId {
        let n = u32::try_from(self.contents.strings.len()).unwrap_or(1);
        self.up_to(n - 1)
    }

    fn texts(&mut self, most: u32) -> BTreeSet<StringId> {
        (0..self.up_to(most)).map(|_| self.text()).collect()
    }

    fn strings(&mut self) {
        let fixed = [
            "", "any", "k8s", "app", "web", "db", "shop/web", "größe", "端口", "node-a", FILTER,
        ];
        let mut strings: BTreeSet<String> = fixed.map(String::from).into();
        for _ in 0..self.up_to(20) {
            strings.insert(format!("text-{}", self.up_to(9999)));
        }
        self.contents.strings = strings.into_iter().collect();
    }

    /// What stands beside endpoints and rules.
    fn beside(&mut self) {
        for _ in 0..self.contents.endpoints.len() {
            let workload = WorkloadRecord {
                workload: self.text(),
                facts_low: self.random.u32(..),
                facts_high: self.random.u32(..),
            };
            self.contents.workloads.push(workload);
        }
        for _ in 0..self.contents.rules.len() {
            let meaning = self.random.u64(..);
            self.contents.meanings.push(MeaningRecord { meaning });
        }
    }

    fn selectors(&mut self) {
        // The records' order is the content's: strings are sorted, so ids order as texts do.
        let mut selectors = BTreeSet::new();
        for _ in 0..self.up_to(12) {
            let mut content: BTreeSet<(u32, u32, u32, Vec<u32>)> = BTreeSet::new();
            for _ in 0..self.up_to(3) {
                let operator = self.up_to(3);
                let values = if operator < 2 {
                    self.texts(3)
                } else {
                    BTreeSet::new()
                };
                let values = values.into_iter().collect();
                content.insert((self.text(), self.text(), operator, values));
            }
            selectors.insert(content.into_iter().collect::<Vec<_>>());
        }
        let contents = &mut self.contents;
        for selector in selectors {
            contents.selectors.push(SelectorRecord {
                first_requirement: n(&contents.requirements),
                n_requirements: n(&selector),
            });
            for (key, source, operator, values) in selector {
                contents.requirements.push(RequirementRecord {
                    source,
                    key,
                    first_value: n(&contents.values),
                    n_values: n(&values),
                    operator,
                });
                contents
                    .values
                    .extend(values.into_iter().map(|text| ValueRecord { text }));
            }
        }
        for name in self.texts(4) {
            let protocol = self.up_to(2);
            self.contents
                .named_ports
                .push(NamedPortRecord { name, protocol });
        }
    }
}

fn n<R>(records: &[R]) -> u32 {
    u32::try_from(records.len()).unwrap_or(u32::MAX)
}
