//! Rules of Cilium's kinds.

use libfuzzer_sys::arbitrary::Result;
use serde_json::{Map, Value, json};

use crate::make::{KEYS, Maker, PREFIXES};

/// Peers, those of egress and then those of what allows last.
const NAMES: [&str; 8] = [
    "Endpoints",
    "Entities",
    "CIDR",
    "CIDRSet",
    "Nodes",
    "Groups",
    "Services",
    "FQDNs",
];

const ENTITIES: [&str; 8] = [
    "all",
    "world",
    "cluster",
    "host",
    "remote-node",
    "kube-apiserver",
    "none",
    "world-ipv6",
];

impl Maker<'_, '_> {
    /// `spec` or one of `specs`.
    pub(crate) fn rule(&mut self, clusterwide: bool) -> Result<Value> {
        let of_nodes = (clusterwide && self.chance(8)?) || self.odd(5)?;
        let subject = match of_nodes {
            true => "nodeSelector",
            false => "endpointSelector",
        };
        let mut rule = json!({subject: self.selector(&KEYS)?});
        let lists = ["ingress", "ingressDeny", "egress", "egressDeny"];
        let needed = *self.input.choose(&lists)?;
        for name in lists {
            if name == needed {
                rule[name] = self.some(|maker| maker.element(name))?;
            } else if self.chance(30)? {
                rule[name] = self.list(|maker| maker.element(name))?;
            }
        }
        if self.chance(20)? {
            rule["enableDefaultDeny"] = json!({"ingress": self.input.arbitrary::<bool>()?});
        }
        Ok(rule)
    }

    /// An element of the list of this name.
    fn element(&mut self, list: &str) -> Result<Value> {
        let prefix = if list.starts_with("in") { "from" } else { "to" };
        let denies = list.ends_with("Deny") && !self.odd(10)?;
        let mut element = Map::new();
        if self.chance(80)? {
            let n = match list {
                "egress" => NAMES.len(),
                "egressDeny" => NAMES.len() - 1,
                _ => NAMES.len() - 2,
            };
            let name = *self.input.choose(NAMES.get(..n).unwrap_or(&NAMES))?;
            let peers = self.list(|maker| maker.peer(name))?;
            element.insert(format!("{prefix}{name}"), peers);
        }
        if self.chance(45)? {
            let rules = self.list(|maker| maker.port_rule(denies))?;
            element.insert("toPorts".into(), rules);
        } else if self.chance(25)? {
            let icmps = self.list(|maker| {
                let field = |maker: &mut Self| {
                    let family = maker.text(&["IPv4", "IPv6"])?;
                    let kind = maker.text(&["EchoRequest", "0", "8", "128", "EchoReply"])?;
                    Ok(json!({"family": family, "type": kind}))
                };
                Ok(json!({"fields": maker.list(field)?}))
            })?;
            element.insert("icmps".into(), icmps);
        }
        Ok(element.into())
    }

    fn peer(&mut self, name: &str) -> Result<Value> {
        match name {
            "Endpoints" | "Nodes" => self.selector(&KEYS),
            "Entities" => self.text(&ENTITIES),
            "CIDR" => self.text(&PREFIXES),
            "CIDRSet" => {
                let base = *self.input.choose(&["cidr", "cidr", "cidrGroupRef"])?;
                let from: &[&str] = if base == "cidr" {
                    &PREFIXES
                } else {
                    &["web", "none"]
                };
                let mut set = json!({base: self.text(from)?});
                if self.odd(30)? {
                    set["except"] = self.list(|maker| maker.text(&PREFIXES))?;
                }
                Ok(set)
            }
            "Services" => {
                let name = self.text(&["web", "none"])?;
                Ok(json!({"k8sService": {"serviceName": name, "namespace": "shop"}}))
            }
            "Groups" => Ok(json!({"aws": {"region": self.text(&["a", "b"])?}})),
            _ => Ok(json!({"matchPattern": self.text(&["*", "**.example.com", "a.*"])?})),
        }
    }

    fn port_rule(&mut self, denies: bool) -> Result<Value> {
        let ports = self.list(|maker| {
            let mut port = json!({"port": maker.text(&["80", "http", "0", "443", "65535"])?});
            if maker.chance(70)? {
                port["protocol"] = maker.text(&["TCP", "UDP", "SCTP", "ANY"])?;
            }
            if maker.odd(20)? {
                port["endPort"] = maker.input.arbitrary::<u16>()?.into();
            }
            if maker.chance(20)? {
                let end = maker.input.int_in_range(81..=u16::MAX)?;
                port = json!({"port": "80", "endPort": end});
            }
            Ok(port)
        })?;
        if denies || !self.chance(8)? {
            return Ok(json!({"ports": ports}));
        }
        let ports = json!([{"port": self.text(&["80", "http"])?, "protocol": "TCP"}]);
        let method = self.text(&["GET", "P.*"])?;
        Ok(json!({"ports": ports, "rules": {"http": [{"method": method}]}}))
    }
}
