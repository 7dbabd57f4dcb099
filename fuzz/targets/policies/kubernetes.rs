//! NetworkPolicy and the kinds of `policy.networking.k8s.io`.

use libfuzzer_sys::arbitrary::Result;
use serde_json::{Value, json};

use crate::make::{Maker, PLAIN_KEYS, PREFIXES};

impl Maker<'_, '_> {
    /// The `spec` of a NetworkPolicy.
    pub(crate) fn network_policy(&mut self) -> Result<Value> {
        let mut spec = json!({"podSelector": self.selector(&PLAIN_KEYS)?});
        if self.chance(50)? {
            spec["policyTypes"] = self.list(|maker| maker.text(&["Ingress", "Egress"]))?;
        }
        for (name, peers) in [("ingress", "from"), ("egress", "to")] {
            if self.chance(60)? {
                spec[name] = self.list(|maker| {
                    let ports = |maker: &mut Self| {
                        let number = maker.input.int_in_range(1..=u16::MAX)?;
                        Ok(json!({"port": number, "protocol": maker.text(&["TCP", "UDP"])?}))
                    };
                    let peer = |maker: &mut Self| match maker.input.int_in_range(0..=2)? {
                        0 => Ok(json!({"podSelector": maker.selector(&PLAIN_KEYS)?})),
                        1 => Ok(json!({"namespaceSelector": maker.selector(&PLAIN_KEYS)?})),
                        _ => Ok(json!({"ipBlock": {"cidr": maker.text(&PREFIXES)?}})),
                    };
                    Ok(json!({peers: maker.list(peer)?, "ports": maker.list(ports)?}))
                })?;
            }
        }
        Ok(spec)
    }

    /// The `spec` of a policy of `policy.networking.k8s.io`.
    pub(crate) fn admin(&mut self, kind: &str) -> Result<Value> {
        let mut spec = json!({"subject": {"namespaces": self.selector(&PLAIN_KEYS)?}});
        let newer = kind == "ClusterNetworkPolicy";
        let is_baseline = kind == "BaselineAdminNetworkPolicy";
        if newer {
            spec["tier"] = self.text(&["Admin", "Baseline"])?;
        }
        if is_baseline == self.odd(5)? {
            spec["priority"] = self.input.int_in_range(0..=1000)?.into();
        }
        for (name, peers) in [("ingress", "from"), ("egress", "to")] {
            if self.chance(60)? {
                spec[name] = self.list(|maker| {
                    let accept = if newer { "Accept" } else { "Allow" };
                    let last = if is_baseline { "Deny" } else { "Pass" };
                    let actions = [accept, "Deny", last];
                    let most = if peers == "to" || maker.odd(10)? {
                        4
                    } else {
                        1
                    };
                    let peer = |maker: &mut Self| match maker.input.int_in_range(0..=most)? {
                        0 => Ok(json!({"namespaces": maker.selector(&PLAIN_KEYS)?})),
                        1 => Ok(json!({"pods": {"podSelector": maker.selector(&PLAIN_KEYS)?,
                            "namespaceSelector": maker.selector(&PLAIN_KEYS)?}})),
                        2 => Ok(json!({"nodes": maker.selector(&PLAIN_KEYS)?})),
                        3 => Ok(json!({"networks": [maker.text(&PREFIXES)?, "10.0.0.0/31"]})),
                        _ => {
                            let name = maker.text(&["a.example.com", "*.example.com"])?;
                            Ok(json!({"domainNames": [name]}))
                        }
                    };
                    let number = maker.input.int_in_range(1..=u16::MAX)?;
                    let named = |rule: &Value| rule.to_string().contains("domainNames");
                    let mut rule = json!({"action": maker.text(&actions)?,
                        peers: maker.some(peer)?});
                    if named(&rule) && !maker.odd(20)? {
                        rule["action"] = accept.into();
                    }
                    match maker.input.int_in_range(0..=3)? {
                        0 => {
                            let one = json!({"protocol": "TCP", "port": number});
                            rule["ports"] = json!([{"portNumber": one}]);
                        }
                        1 if newer => {
                            rule["protocols"] =
                                json!([{"tcp": {"destinationPort": {"number": number}}}]);
                        }
                        2 if newer && most == 1 => {
                            rule["protocols"] = json!([{"destinationNamedPort": "http"}]);
                        }
                        _ => {}
                    }
                    Ok(rule)
                })?;
            }
        }
        Ok(spec)
    }
}
