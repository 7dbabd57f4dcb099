//! Which policies are written in the language this interpreter knows.

use serde_json::Value;

use super::labels::list;

/// Fields of Cilium's kinds that are outside the core language.
const OUTSIDE: [&str; 20] = [
    "authentication",
    "cidrGroupRef",
    "cidrGroupSelector",
    "fromGroups",
    "fromNodes",
    "fromRequires",
    "icmps",
    "listener",
    "log",
    "nodeSelector",
    "originatingTLS",
    "rules",
    "serverNames",
    "terminatingTLS",
    "toFQDNs",
    "toGroups",
    "toNodes",
    "toRequires",
    "toServices",
    "labels",
];

/// A field of a policy that is outside the core language, if there is one.
pub(crate) fn outside_core(policy: &Value) -> Option<&'static str> {
    field_outside_core(&policy["spec"])
        .or_else(|| list(&policy["specs"]).iter().find_map(field_outside_core))
}

fn field_outside_core(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            // Label keys are not fields.
            if name == "matchLabels" {
                return None;
            }
            OUTSIDE
                .into_iter()
                .find(|outside| name == outside)
                .or_else(|| field_outside_core(value))
        }),
        Value::Array(items) => items.iter().find_map(field_outside_core),
        _ => None,
    }
}
