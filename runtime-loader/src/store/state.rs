//! The state as a value: what was asked for, and what each generation of the kernel's maps is.
//!
//! Must not know files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ztc_bundle::Digest;

use crate::endpoints::{EndpointsFile, InterfaceName, Name};

/// How many generations stay known, so that events and `rollback` find their bundle.
const KEPT: usize = 8;

/// Everything that is remembered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct State {
    /// The format.
    pub schema: Schema,
    /// Which datapath the generations are numbers of. Maps that were removed and made again begin
    /// at 0, and the old numbers mean nothing there.
    pub datapath: String,
    /// What was last asked for.
    pub asked: Option<Asked>,
    /// What each generation is, ascending. The last may never have become live.
    pub generations: Vec<Record>,
}

/// The format of the state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Schema {
    /// The first.
    #[default]
    #[serde(rename = "ztc.dev/state/v1")]
    V1,
}

/// What was last asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Asked {
    /// The bundle.
    #[serde(with = "digest_text")]
    pub bundle: Digest,
    /// Why it was not made live, if it was not.
    pub refused: Option<String>,
}

/// One generation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Record {
    /// Its number.
    pub generation: u64,
    /// Its bundle.
    #[serde(with = "digest_text")]
    pub bundle: Digest,
    /// Its endpoints, as a [`Placement`].
    #[serde(with = "digest_text")]
    pub placement: Digest,
}

/// The endpoints that a generation was filled for, and where they were found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Placement {
    /// The endpoints.
    pub file: EndpointsFile,
    /// The node that they are on.
    pub node: Option<Name>,
    /// The index of each endpoint's interface.
    pub interfaces: BTreeMap<InterfaceName, u32>,
}

impl State {
    /// Brings the records in line with the kernel, which is right: a generation above the live one
    /// was filled by a loader that died before the flip, and other maps have other numbers.
    pub fn reconcile(&mut self, datapath: &str, live: u64) {
        if self.datapath != datapath {
            self.generations.clear();
            datapath.clone_into(&mut self.datapath);
        }
        self.generations.retain(|record| record.generation <= live);
    }

    /// What a generation is.
    pub fn record(&self, generation: u64) -> Option<&Record> {
        self.generations
            .iter()
            .find(|record| record.generation == generation)
    }

    /// The bundle that ran before the one that runs.
    pub fn previous(&self, live: u64) -> Option<Digest> {
        let running = self.record(live)?.bundle;
        let earlier = self.generations.iter().rev();
        earlier
            .filter(|record| record.generation < live)
            .map(|record| record.bundle)
            .find(|bundle| *bundle != running)
    }

    /// Adds a record for a generation that is about to become live. The oldest go, but the last
    /// with another bundle stays however old it is: it is what a rollback goes back to.
    pub fn expect(&mut self, record: Record) {
        self.generations
            .retain(|known| known.generation < record.generation);
        let other = self.generations.iter().rev();
        let other = other
            .map(|known| (known.generation, known.bundle))
            .find(|(_, bundle)| *bundle != record.bundle)
            .map(|(generation, _)| generation);
        self.generations.push(record);
        let surplus = self.generations.len().saturating_sub(KEPT);
        let oldest = self.generations.get(surplus).map_or(0, |r| r.generation);
        self.generations
            .retain(|known| known.generation >= oldest || Some(known.generation) == other);
    }
}

/// A digest as text.
mod digest_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use ztc_bundle::Digest;

    pub(super) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(digest)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
