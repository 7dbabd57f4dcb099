//! Makes Kubernetes documents from bytes: the shapes are those of the policy language, the values
//! are from a few names, and now and then anything at all. Must not know what a policy means.

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// The most documents of one input; more only makes it slow.
const MAX_POLICIES: usize = 6;

pub(crate) const KEYS: [&str; 10] = [
    "app",
    "any:app",
    "k8s:tier",
    "io.kubernetes.pod.namespace",
    "k8s:io.cilium.k8s.namespace.labels.team",
    "io.cilium.k8s.policy.cluster",
    "reserved:host",
    "node:zone",
    "pod-template-hash",
    "reserved.world",
];
/// Keys as Kubernetes has them, without sources.
pub(crate) const PLAIN_KEYS: [&str; 4] = ["app", "tier", "team", "kubernetes.io/metadata.name"];
const TEXTS: [&str; 11] = [
    "web", "db", "a", "", "shop", "ops", "default", "http", "80", "0", "x",
];
pub(crate) const PREFIXES: [&str; 10] = [
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8",
    "10.0.0.1/32",
    "172.18.0.2/31",
    "203.0.113.7/32",
    "203.0.113.0/25",
    "2001:db8::/32",
    "fd00::1/127",
    "10.0.0.5/8",
];

/// Some workloads and some policies, one after another.
pub(crate) fn documents(input: &mut Unstructured<'_>) -> Result<String> {
    let mut maker = Maker { input, odd: false };
    let mut documents = maker.workloads()?;
    for index in 0..MAX_POLICIES {
        if maker.input.is_empty() {
            break;
        }
        maker.odd = maker.chance(20)?;
        documents.push(maker.policy(index)?);
    }
    // JSON is YAML.
    let texts = documents.iter().map(ToString::to_string);
    Ok(texts.collect::<Vec<_>>().join("\n---\n"))
}

/// Makes values from what is left of the input.
pub(crate) struct Maker<'a, 'b> {
    pub(crate) input: &'b mut Unstructured<'a>,
    /// Whether what is made now has things in it that no policy has. Most have not, so that most
    /// are compiled.
    odd: bool,
}

impl Maker<'_, '_> {
    /// Never when the input is at its end: what is made then is small and plain.
    pub(crate) fn chance(&mut self, in_a_hundred: u8) -> Result<bool> {
        Ok(self.input.int_in_range(0..=99)? >= 100 - in_a_hundred)
    }

    /// Happens so many times in a hundred, in odd policies only.
    pub(crate) fn odd(&mut self, in_a_hundred: u8) -> Result<bool> {
        Ok(self.odd && self.chance(in_a_hundred)?)
    }

    /// One of several; in odd policies now and then any text.
    pub(crate) fn text(&mut self, from: &[&str]) -> Result<Value> {
        if self.odd(5)? {
            return Ok(self.input.arbitrary::<&str>()?.into());
        }
        Ok((*self.input.choose(from)?).into())
    }

    /// Up to four of something; rarely null.
    pub(crate) fn list(&mut self, make: impl Fn(&mut Self) -> Result<Value>) -> Result<Value> {
        if self.chance(3)? {
            return Ok(Value::Null);
        }
        let n = self.input.int_in_range(0..=4)?;
        (0..n).map(|_| make(self)).collect()
    }

    /// One to three of something; in odd policies as above.
    pub(crate) fn some(&mut self, make: impl Fn(&mut Self) -> Result<Value>) -> Result<Value> {
        if self.odd(5)? {
            return self.list(make);
        }
        let n = self.input.int_in_range(1..=3)?;
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

    pub(crate) fn selector(&mut self, keys: &[&str]) -> Result<Value> {
        let mut selector = Map::new();
        if self.chance(60)? {
            let mut labels = Map::new();
            for _ in 0..self.input.int_in_range(0..=2)? {
                let key = *self.input.choose(keys)?;
                labels.insert(key.into(), self.text(&TEXTS)?);
            }
            selector.insert("matchLabels".into(), labels.into());
        }
        if self.chance(40)? {
            let expressions = self.list(|maker| {
                let operator = maker.text(&["In", "NotIn", "Exists", "DoesNotExist"])?;
                let mut expression = json!({"key": maker.text(keys)?, "operator": operator});
                let wants_values = operator_wants_values(&expression["operator"]);
                if wants_values != maker.odd(5)? {
                    expression["values"] = maker.some(|maker| maker.text(&TEXTS))?;
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
                "metadata": {"name": format!("pod-{index}"), "labels": self.labels()?,
                    "namespace": self.text(&["shop", "ops"])?},
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
                ("cilium.io/v2", name, self.rule(choice == 2)?)
            }
            3 => (
                "networking.k8s.io/v1",
                "NetworkPolicy",
                self.network_policy()?,
            ),
            4 | 5 => {
                let [name, version] = match choice {
                    4 => ["ClusterNetworkPolicy", "policy.networking.k8s.io/v1alpha2"],
                    _ => ["AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1"],
                };
                (version, name, self.admin(name)?)
            }
            _ => {
                metadata["name"] = "default".into();
                let name = "BaselineAdminNetworkPolicy";
                let version = "policy.networking.k8s.io/v1alpha1";
                (version, name, self.admin(name)?)
            }
        };
        let mut policy =
            json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
        if choice <= 2 && self.chance(20)? {
            policy["specs"] = self.some(|maker| maker.rule(choice == 2))?;
        }
        Ok(policy)
    }
}

/// In and NotIn have values, and only they.
fn operator_wants_values(operator: &Value) -> bool {
    operator
        .as_str()
        .is_some_and(|operator| operator.ends_with("In"))
}
