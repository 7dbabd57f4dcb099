//! Cases of Cilium's verdicts: those kept in `tests/conformance` and those beside the workspace.
//! Must not know who is held against them.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::interpreter::{Connection, End, Protocol};
use crate::yaml;

/// A case: a cluster, policies, and what Cilium says of some connections.
pub(crate) struct Case {
    pub(crate) name: String,
    /// File name and text, as ztc gets them.
    pub(crate) files: Vec<(String, String)>,
    /// All objects that Cilium accepts.
    pub(crate) objects: Vec<Value>,
    pub(crate) expected: Vec<Expected>,
}

/// What Cilium says of a connection.
pub(crate) struct Expected {
    pub(crate) connection: Connection,
    pub(crate) egress: String,
    pub(crate) ingress: String,
}

/// The cases in `tests/conformance`.
pub(crate) fn own_cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    folders(&folder)
        .iter()
        .map(|folder| own_case(folder))
        .collect()
}

/// The cases of some folders beside the workspace, if they are there.
pub(crate) fn shared_cases(groups: &[&str]) -> Option<Vec<Case>> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    let mut cases = Vec::new();
    for group in groups {
        if !shared.join(group).is_dir() {
            return None;
        }
        cases.extend(
            folders(&shared.join(group))
                .iter()
                .map(|folder| shared_case(folder)),
        );
    }
    Some(cases)
}

/// A case as kept here: `policies.yaml`, `workloads.yaml`, and `expected.txt` with a line
/// `FROM TO PROTOCOL PORT EGRESS INGRESS` for each connection and a line `refused KIND NAME` for
/// each object that Cilium refuses. A line that starts with `#` is for people.
fn own_case(folder: &Path) -> Case {
    let expected = read(&folder.join("expected.txt"));
    let words = |line: &str| line.split(' ').map(String::from).collect::<Vec<_>>();
    let (mut connections, mut refused) = (Vec::new(), Vec::new());
    for line in expected
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(words)
    {
        match line.as_slice() {
            [word, kind, name] if word == "refused" => refused.push((kind.clone(), name.clone())),
            [from, to, protocol, port, egress, ingress] => connections.push(Expected {
                connection: Connection {
                    from: end(from),
                    to: end(to),
                    protocol: protocol_named(protocol),
                    port: port.parse().expect("a port"),
                },
                egress: egress.clone(),
                ingress: ingress.clone(),
            }),
            other => panic!("{}: {other:?}", folder.display()),
        }
    }
    let paths = ["policies.yaml", "workloads.yaml"].map(|name| folder.join(name));
    case(folder, &paths, &refused, connections)
}

fn shared_case(folder: &Path) -> Case {
    let mut paths = files(&folder.join("policies"));
    paths.push(folder.join("workloads.yaml"));
    let mut refused = Vec::new();
    if let Ok(text) = fs::read_to_string(folder.join("rejected.json")) {
        let list: Value = serde_json::from_str(&text).expect("JSON");
        for object in list.as_array().expect("a list") {
            let field = |name: &str| object[name].as_str().expect("text").to_string();
            refused.push((field("kind"), field("name")));
        }
    }
    let text = read(&folder.join("expected.jsonl"));
    let connection = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let field = |name: &str| line[name].as_str().expect("text").to_string();
        let port = line["port"].as_u64().expect("a port");
        Expected {
            connection: Connection {
                from: end(&field("from")),
                to: end(&field("to")),
                protocol: protocol_named(&field("protocol")),
                port: u16::try_from(port).expect("a port"),
            },
            egress: field("egress"),
            ingress: field("ingress"),
        }
    };
    case(
        folder,
        &paths,
        &refused,
        text.lines().map(connection).collect(),
    )
}

fn case(
    folder: &Path,
    paths: &[PathBuf],
    refused: &[(String, String)],
    expected: Vec<Expected>,
) -> Case {
    let name = |path: &Path| {
        let name = path.file_name().expect("a file name");
        name.to_string_lossy().into_owned()
    };
    let files: Vec<_> = paths.iter().map(|path| (name(path), read(path))).collect();
    let mut objects: Vec<_> = files
        .iter()
        .flat_map(|(_, text)| yaml::read(text))
        .collect();
    objects.retain(|object| {
        let metadata = &object["metadata"];
        let full_name = match metadata["namespace"].as_str() {
            Some(namespace) => format!("{namespace}/{}", metadata["name"].as_str().unwrap_or("")),
            None => metadata["name"].as_str().unwrap_or("").to_string(),
        };
        !refused
            .iter()
            .any(|(kind, name)| object["kind"] == **kind && *name == full_name)
    });
    Case {
        name: name(folder),
        files,
        objects,
        expected,
    }
}

/// `namespace/pod`, `ip:ADDRESS` or `entity:NAME`.
pub(crate) fn end(text: &str) -> End {
    match text.split_once(':') {
        Some(("ip", address)) => End::Address(address.parse::<IpAddr>().expect("an address")),
        Some(("entity", name)) => End::Entity(name.into()),
        _ => End::Pod(text.into()),
    }
}

pub(crate) fn protocol_named(name: &str) -> Protocol {
    match name {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "SCTP" => Protocol::Sctp,
        "ICMP" => Protocol::Icmp,
        "ICMPv6" => Protocol::Icmpv6,
        other => panic!("a protocol without a name here: {other}"),
    }
}

/// The name of a protocol, as questions have it.
pub(super) fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
        Protocol::Icmp => "ICMP",
        Protocol::Icmpv6 => "ICMPv6",
        Protocol::Other => panic!("no question is about another protocol"),
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders = files(folder);
    folders.retain(|path| path.is_dir());
    folders
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder that can be read");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}
