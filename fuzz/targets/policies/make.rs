//! Makes Kubernetes documents from bytes: the shapes are those of the policy language, the values
//! are from a few names, and now and then anything at all. Must not know what a policy means.

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// The most documents of one input; more only makes it slow.
const MAX_POLICIES: usize = 6;

const KEYS: [&str; 10] = [
    "app",
    "any:app",
    "k8s:tier",
    "io.kubernetes.pod.namespace",
    "k8s:io.cilium.k8s.namespace.labels.team",
    "io.cilium.k8s.policy.cluster",
    "reserved:host",
    "node:zone",
    "pod-template-hash",
    "$world",
];
const TEXTS: [&str; 12] = [
    "web",
    "db",
    "a",
    "",
    "shop",
    "ops",
    "default",
    "http",
    "80",
    "0",
    "x",
    "*.example.com",
];
const PREFIXES: [&str; 10] = [
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8",
    "10.0.0.1/32",
    "172.18.0.2/31",
    "203.0.113.7",
    "203.0.113.0/25",
    "2001:db8::/32",
    "fd00::1/127",
    "10.0.0.5/8",
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

/// Some workloads and some policies, one after another.
pub(crate) fn documents(input: &mut Unstructured<'_>) -> Result<String> {
    let mut maker = Maker { input };
    let mut documents = maker.workloads()?;
    for index in 0..maker.input.int_in_range(1..=MAX_POLICIES)? {
        documents.push(maker.policy(index)?);
    }
    // JSON is YAML.
    let texts = documents.iter().map(ToString::to_string);
    Ok(texts.collect::<Vec<_>>().join("\n---\n"))
}

struct Maker<'a, 'b> {
    input: &'b mut Unstructured<'a>,
}

impl Maker<'_, '_> {
    fn chance(&mut self, in_a_hundred: u8) -> Result<bool> {
        Ok(self.input.int_in_range(0..=99)? < in_a_hundred)
    }

    /// One of several; rarely any text.
    fn text(&mut self, from: &[&str]) -> Result<Value> {
        if self.chance(2)? {
            return Ok(self.input.arbitrary::<&str>()?.into());
        }
        Ok((*self.input.choose(from)?).into())
    }

    /// Up to four of something; rarely null.
    fn list(&mut self, make: impl Fn(&mut Self) -> Result<Value>) -> Result<Value> {
        if self.chance(3)? {
            return Ok(Value::Null);
        }
        let n = self.input.int_in_range(0..=4)?;
        (0..n).map(|_| make(self)).collect()
    }

    fn labels(&mut self) -> Result<Value> {
        let mut labels = Map::new();
        for _ in 0..self.input.int_in_range(0..=3)? {
            let key = *self
                .input
                .choose(&["app", "tier", "team", "zone", "host"])?;
            labels.insert(key.into(), self.text(&TEXTS)?);
        }
        Ok(labels.into())
    }

    fn selector(&mut self) -> Result<Value> {
        let mut selector = Map::new();
        if self.chance(60)? {
            let mut labels = Map::new();
            for _ in 0..self.input.int_in_range(0..=2)? {
                let key = *self.input.choose(&KEYS)?;
                labels.insert(key.into(), self.text(&TEXTS)?);
            }
            selector.insert("matchLabels".into(), labels.into());
        }
        if self.chance(40)? {
            let expressions = self.list(|maker| {
                let operator = maker.text(&["In", "NotIn", "Exists", "DoesNotExist"])?;
                let mut expression = json!({"key": maker.text(&KEYS)?, "operator": operator});
                if maker.chance(55)? {
                    expression["values"] = maker.list(|maker| maker.text(&TEXTS))?;
                }
                Ok(expression)
            })?;
            selector.insert("matchExpressions".into(), expressions);
        }
        Ok(selector.into())
    }

    fn workloads(&mut self) -> Result<Vec<Value>> {
        let mut documents = vec![
            json!({"apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": "shop", "labels": self.labels()?}}),
            json!({"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": "node-1", "labels": self.labels()?},
                "status": {"addresses": [{"type": "InternalIP", "address": "172.18.0.2"}]}}),
            json!({"apiVersion": "v1", "kind": "Service",
                "metadata": {"name": "web", "namespace": "shop", "labels": self.labels()?},
                "spec": {"selector": self.labels()?, "ports": [{"port": 80}]}}),
            json!({"apiVersion": "cilium.io/v2", "kind": "CiliumCIDRGroup",
                "metadata": {"name": "web", "labels": self.labels()?},
                "spec": {"externalCIDRs": self.list(|maker| maker.text(&PREFIXES))?}}),
            json!({"apiVersion": "ztc.dev/v1alpha1", "kind": "Resolution",
                "names": {"a.example.com": ["192.0.2.1", "10.0.0.1"]}}),
        ];
        for index in 0..self.input.int_in_range(0..=3)? {
            let port = json!({"name": self.text(&["http", "web"])?, "containerPort": 80 + index,
                "protocol": self.text(&["TCP", "UDP"])?});
            documents.push(json!({
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": format!("pod-{index}"), "namespace": self.text(&["shop", "ops"])?,
                    "labels": self.labels()?},
                "spec": {"nodeName": "node-1", "containers": [{"name": "c", "ports": [port]}]},
                "status": {"podIPs": [{"ip": format!("10.0.0.{}", index + 1)}]},
            }));
        }
        Ok(documents)
    }

    fn policy(&mut self, index: usize) -> Result<Value> {
        let mut metadata = json!({"name": format!("policy-{index}")});
        if self.chance(25)? {
            let enforcement = self.text(&["audit", "enforce"])?;
            metadata["annotations"] = json!({"ztc.dev/enforcement": enforcement});
        }
        let choice = self.input.int_in_range(0..=6)?;
        if matches!(choice, 0 | 1 | 3) {
            metadata["namespace"] = self.text(&["shop", "ops"])?;
        }
        let (version, kind, spec) = match choice {
            0..=2 => {
                let name = match choice {
                    2 => "CiliumClusterwideNetworkPolicy",
                    _ => "CiliumNetworkPolicy",
                };
                ("cilium.io/v2", name, self.rule()?)
            }
            3 => (
                "networking.k8s.io/v1",
                "NetworkPolicy",
                self.network_policy()?,
            ),
            4 => (
                "policy.networking.k8s.io/v1alpha2",
                "ClusterNetworkPolicy",
                self.admin(true)?,
            ),
            5 => (
                "policy.networking.k8s.io/v1alpha1",
                "AdminNetworkPolicy",
                self.admin(false)?,
            ),
            _ => {
                metadata["name"] = "default".into();
                let name = "BaselineAdminNetworkPolicy";
                (
                    "policy.networking.k8s.io/v1alpha1",
                    name,
                    self.admin(false)?,
                )
            }
        };
        let mut policy =
            json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
        if choice <= 2 && self.chance(20)? {
            policy["specs"] = self.list(Self::rule)?;
        }
        Ok(policy)
    }

    fn rule(&mut self) -> Result<Value> {
        let subject = match self.chance(8)? {
            true => "nodeSelector",
            false => "endpointSelector",
        };
        let mut rule = json!({subject: self.selector()?});
        for (name, prefix) in [
            ("ingress", "from"),
            ("ingressDeny", "from"),
            ("egress", "to"),
            ("egressDeny", "to"),
        ] {
            if self.chance(45)? {
                rule[name] = self.list(|maker| maker.element(prefix))?;
            }
        }
        if self.chance(20)? {
            rule["enableDefaultDeny"] = json!({"ingress": self.input.arbitrary::<bool>()?});
        }
        Ok(rule)
    }

    fn element(&mut self, prefix: &str) -> Result<Value> {
        let mut element = Map::new();
        if self.chance(80)? {
            let names = [
                "Endpoints",
                "Entities",
                "CIDR",
                "CIDRSet",
                "Nodes",
                "Services",
                "Groups",
                "FQDNs",
            ];
            let name = *self.input.choose(&names)?;
            let peers = self.list(|maker| maker.peer(name))?;
            element.insert(format!("{prefix}{name}"), peers);
        }
        if self.chance(45)? {
            element.insert("toPorts".into(), self.list(Self::port_rule)?);
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
            "Endpoints" | "Nodes" => self.selector(),
            "Entities" => self.text(&ENTITIES),
            "CIDR" => self.text(&PREFIXES),
            "CIDRSet" => {
                let base = *self.input.choose(&["cidr", "cidr", "cidrGroupRef"])?;
                let from: &[&str] = if base == "cidr" {
                    &PREFIXES
                } else {
                    &["web", "none"]
                };
                let except = self.list(|maker| maker.text(&PREFIXES))?;
                Ok(json!({base: self.text(from)?, "except": except}))
            }
            "Services" => {
                let name = self.text(&["web", "none"])?;
                Ok(json!({"k8sService": {"serviceName": name, "namespace": "shop"}}))
            }
            "Groups" => Ok(json!({"aws": {"region": self.text(&TEXTS)?}})),
            _ => Ok(json!({"matchPattern": self.text(&TEXTS)?})),
        }
    }

    fn port_rule(&mut self) -> Result<Value> {
        let ports = self.list(|maker| {
            let mut port = json!({"port": maker.text(&["80", "http", "0", "443", "65535"])?});
            if maker.chance(70)? {
                port["protocol"] = maker.text(&["TCP", "UDP", "SCTP", "ANY"])?;
            }
            if maker.chance(25)? {
                port["endPort"] = maker.input.arbitrary::<u16>()?.into();
            }
            Ok(port)
        })?;
        let mut rule = json!({"ports": ports});
        if self.chance(10)? {
            let method = self.text(&["GET", "(", "P.*"])?;
            rule["rules"] = json!({"http": [{"method": method}]});
        }
        Ok(rule)
    }

    fn network_policy(&mut self) -> Result<Value> {
        let mut spec = json!({"podSelector": self.selector()?});
        if self.chance(50)? {
            spec["policyTypes"] = self.list(|maker| maker.text(&["Ingress", "Egress"]))?;
        }
        for (name, peers) in [("ingress", "from"), ("egress", "to")] {
            if self.chance(60)? {
                spec[name] = self.list(|maker| {
                    let ports = |maker: &mut Self| {
                        let number = maker.input.arbitrary::<u16>()?;
                        Ok(json!({"port": number, "protocol": maker.text(&["TCP", "UDP"])?}))
                    };
                    let peer = |maker: &mut Self| match maker.input.int_in_range(0..=2)? {
                        0 => Ok(json!({"podSelector": maker.selector()?})),
                        1 => Ok(json!({"namespaceSelector": maker.selector()?})),
                        _ => Ok(json!({"ipBlock": {"cidr": maker.text(&PREFIXES)?}})),
                    };
                    Ok(json!({peers: maker.list(peer)?, "ports": maker.list(ports)?}))
                })?;
            }
        }
        Ok(spec)
    }

    fn admin(&mut self, newer: bool) -> Result<Value> {
        let mut spec = json!({"subject": {"namespaces": self.selector()?}});
        if newer {
            spec["tier"] = self.text(&["Admin", "Baseline"])?;
        }
        if newer || self.chance(60)? {
            spec["priority"] = self.input.int_in_range(0..=1001)?.into();
        }
        for (name, peers) in [("ingress", "from"), ("egress", "to")] {
            if self.chance(60)? {
                spec[name] = self.list(|maker| {
                    let actions = ["Accept", "Allow", "Deny", "Pass"];
                    let peer = |maker: &mut Self| match maker.input.int_in_range(0..=4)? {
                        0 => Ok(json!({"namespaces": maker.selector()?})),
                        1 => Ok(json!({"nodes": maker.selector()?})),
                        2 => Ok(json!({"networks": maker.list(|maker| maker.text(&PREFIXES))?})),
                        3 => Ok(json!({"domainNames": [maker.text(&TEXTS)?]})),
                        _ => Ok(json!({"pods": {"podSelector": maker.selector()?}})),
                    };
                    let number = maker.input.arbitrary::<u16>()?;
                    let mut rule = json!({"action": maker.text(&actions)?,
                        peers: maker.list(peer)?});
                    match maker.input.int_in_range(0..=3)? {
                        0 => rule["ports"] = json!([{"portNumber": {"port": number}}]),
                        1 => {
                            rule["protocols"] =
                                json!([{"tcp": {"destinationPort": {"number": number}}}]);
                        }
                        2 => rule["protocols"] = json!([{"destinationNamedPort": "http"}]),
                        _ => {}
                    }
                    Ok(rule)
                })?;
            }
        }
        Ok(spec)
    }
}
