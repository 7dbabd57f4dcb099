//! The static list of this node's endpoints: a JSON file, `ztc.dev/endpoints/v1`.
//!
//! Strict: a field it does not know, a value twice or an address that no pod can have is an error
//! that names the field. `schema/endpoints.json` documents the format. Must not know bundles.

use std::{
    collections::BTreeMap,
    fmt,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};

use super::names::{InterfaceName, Name, PodAddress, ProtocolName};

/// Why a list of endpoints cannot be used. Nothing has been touched.
#[derive(Debug, thiserror::Error)]
pub enum EndpointsError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not the JSON that is documented.
    #[error("{}: {}{problem}", path.display(), field_prefix(field))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The path to the wrong field, such as `endpoints[2].addresses[0]`.
        field: String,
        /// What is wrong; ends with line and column where they are known.
        problem: String,
    },
}

/// serde calls the whole file `.`, and people need no name for it.
fn field_prefix(field: &str) -> String {
    match field {
        "." => String::new(),
        field => format!("`{field}`: "),
    }
}

/// The only schema that is understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Schema {
    /// The first.
    #[default]
    #[serde(rename = "ztc.dev/endpoints/v1")]
    V1,
}

/// The endpoints of one node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EndpointsFile {
    /// The format.
    pub schema: Schema,
    /// The node's name; addresses that the bundle gives it are the local host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Name>,
    /// What is known of namespaces. One that is missing has no labels but its name.
    #[serde(default, deserialize_with = "unique_keys")]
    pub namespaces: BTreeMap<Name, Namespace>,
    /// The pods.
    pub endpoints: Vec<Endpoint>,
}

/// What is known of a namespace.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Namespace {
    /// Its labels.
    #[serde(default, deserialize_with = "unique_keys")]
    pub labels: BTreeMap<String, String>,
}

/// One pod network interface of this node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Endpoint {
    /// The pod's name.
    pub name: Name,
    /// Its namespace.
    pub namespace: Name,
    /// Its labels.
    #[serde(default, deserialize_with = "unique_keys")]
    pub labels: BTreeMap<String, String>,
    /// Its service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<Name>,
    /// Its container ports.
    #[serde(default)]
    pub ports: Vec<Port>,
    /// Its addresses: at most one of each family.
    pub addresses: Vec<PodAddress>,
    /// The host side of its interface.
    pub interface: InterfaceName,
}

impl Endpoint {
    /// `namespace/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// A container port.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Port {
    /// Its name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its number, never 0.
    pub port: std::num::NonZeroU16,
    /// Its protocol, TCP unless told.
    #[serde(default = "tcp")]
    pub protocol: ProtocolName,
}

const fn tcp() -> ProtocolName {
    ProtocolName::Tcp
}

impl EndpointsFile {
    /// Reads and parses a file.
    pub fn read(path: &Path) -> Result<Self, EndpointsError> {
        let text = std::fs::read(path).map_err(|source| EndpointsError::Unreadable {
            path: path.into(),
            source,
        })?;
        Self::parse(path, &text)
    }

    /// Parses the bytes of a file; `path` is for messages only.
    pub fn parse(path: &Path, text: &[u8]) -> Result<Self, EndpointsError> {
        let malformed = |field: String, problem: String| EndpointsError::Malformed {
            path: path.into(),
            field,
            problem,
        };
        let mut json = serde_json::Deserializer::from_slice(text);
        let file: Self = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| malformed(error.path().to_string(), error.inner().to_string()))?;
        json.end()
            .map_err(|error| malformed(".".into(), error.to_string()))?;
        match file.repetition() {
            Some((field, problem)) => Err(malformed(field, problem)),
            None => Ok(file),
        }
    }

    /// The first thing that must be there once and is there twice.
    fn repetition(&self) -> Option<(String, String)> {
        let mut names = BTreeMap::new();
        let mut interfaces = BTreeMap::new();
        let mut addresses = BTreeMap::new();
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            let at = |field: &str| format!("endpoints[{index}].{field}");
            if let Some(first) = names.insert(endpoint.full_name(), index) {
                let name = endpoint.full_name();
                let problem = format!("`{name}` is also the name of `endpoints[{first}]`");
                return Some((at("name"), problem));
            }
            if let Some(first) = interfaces.insert(&endpoint.interface, index) {
                let problem = format!("is also the interface of `endpoints[{first}]`");
                return Some((at("interface"), problem));
            }
            let mut of_family = [None, None];
            for (place, address) in endpoint.addresses.iter().enumerate() {
                let at = at(&format!("addresses[{place}]"));
                if let Some(first) = addresses.insert(*address, index) {
                    let problem = format!("is also an address of `endpoints[{first}]`");
                    return Some((at, problem));
                }
                let [v4, v6] = &mut of_family;
                let family = if address.ip().is_ipv4() { v4 } else { v6 };
                if family.replace(place).is_some() {
                    let problem = "an endpoint has at most one address of each family";
                    return Some((at, problem.into()));
                }
            }
        }
        None
    }
}

/// A map in which a key that is there twice is an error; serde would let the last one win.
fn unique_keys<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);

    impl<'de, K, V> Visitor<'de> for Unique<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(key) = access.next_key::<K>()? {
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format!("`{key}` is there twice")));
                }
                let value = access.next_value()?;
                map.insert(key, value);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Unique(PhantomData))
}
