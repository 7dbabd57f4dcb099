//! The answer of `status` as a value, which is also its JSON.
//!
//! Must not know where any of it comes from.

use serde::Serialize;

use crate::caveats::Caveats;

/// The answer of `status`; `schema/status.json` documents it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `ztc.dev/status/v1`.
    pub schema: &'static str,
    /// What was last asked for.
    pub asked: Option<Asked>,
    /// What judges packets; nothing when no bundle was ever loaded.
    pub running: Option<Running>,
    /// Flows in the flow table.
    pub flows: usize,
    /// What passed.
    pub passed: Count,
    /// What was dropped, by reason.
    pub drops: Vec<Drops>,
    /// Packets that audited policies would have treated otherwise.
    pub audited: u64,
    /// Events that found no room in the ring buffer.
    pub events_lost: u64,
    /// The endpoints of the running generation.
    pub endpoints: Vec<EndpointStatus>,
    /// Every way in which what runs is not what was asked for; empty when all is well.
    pub drift: Vec<String>,
}

/// What was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The bundle's digest.
    pub bundle: String,
    /// Why it does not run, if it was refused.
    pub refused: Option<String>,
}

/// What runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// The live generation.
    pub generation: u64,
    /// Its bundle, when this state directory knows it.
    pub bundle: Option<BundleStatus>,
}

/// A bundle in numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleStatus {
    /// Its digest.
    pub digest: String,
    /// The source revision it was built from; empty when it was built from none.
    pub revision: String,
    /// Policies.
    pub policies: usize,
    /// Rules.
    pub rules: usize,
    /// Pod classes.
    pub classes: usize,
    /// Entries of the decision table.
    pub decisions: usize,
    /// Exact addresses.
    pub addresses: usize,
    /// Prefixes of both families.
    pub prefixes: usize,
    /// Where it does less than its policies say.
    #[serde(flatten)]
    pub caveats: Caveats,
}

/// Packets and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What was dropped for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drops {
    /// The reason.
    pub reason: &'static str,
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// One endpoint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointStatus {
    /// `namespace/name`.
    pub name: String,
    /// Its interface.
    pub interface: String,
    /// Its class.
    pub class: u32,
    /// A member of the class in the bundle; `unclassified` when it is in none.
    pub like: String,
    /// Whether policy isolates it for what comes in.
    pub isolated_ingress: bool,
    /// Whether policy isolates it for what goes out.
    pub isolated_egress: bool,
    /// Whether audited policies would judge some of its traffic otherwise.
    pub audited: bool,
    /// Whether the programs are on its interface.
    pub attached: bool,
}
