//! Why a name is no end of a connection, and what to name instead.
//!
//! Must not know how ends are found.

use super::entities;

/// How many pods of a workload the advice names.
const SHOWN: usize = 5;

/// A name that leads nowhere.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoSuchEnd {
    /// Nothing has this name.
    #[error("nothing is called `{text}`")]
    Unknown {
        /// What was given, without `entity:`.
        text: String,
        /// Whether it can only have been meant as an entity.
        is_entity: bool,
    },
    /// Several workloads have this name.
    #[error("`{text}` is the name of {} workloads", names.len())]
    Ambiguous {
        /// What was given.
        text: String,
        /// The full names.
        names: Vec<String>,
    },
    /// A workload with pods that policies tell apart, or that are different nodes to others.
    #[error("the {} pods of `{text}` are not one end: policies treat them differently", pods.len())]
    NotAlike {
        /// What was given.
        text: String,
        /// Their full names.
        pods: Vec<String>,
    },
    /// An entity that is no end of a connection.
    #[error("`{text}` names many peers, and a connection has one at each end")]
    NotOneEnd {
        /// What was given.
        text: String,
    },
}

impl NoSuchEnd {
    /// What the caller can do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Unknown {
                is_entity: true, ..
            } => format!("an entity is one of {}", entities::names()),
            Self::Unknown { .. } => {
                "an end is namespace/pod, namespace/Kind/name, an address, or an entity such as \
                 `world` or `host`"
                    .into()
            }
            Self::Ambiguous { names, .. } => format!("say which: {}", names.join(", ")),
            Self::NotAlike { pods, .. } => {
                let mut shown: Vec<&str> = pods.iter().take(SHOWN).map(String::as_str).collect();
                if pods.len() > SHOWN {
                    shown.push("…");
                }
                format!("say which pod: {}", shown.join(", "))
            }
            Self::NotOneEnd { .. } => {
                format!("name a pod, an address, or one of {}", entities::names())
            }
        }
    }
}
