//! What runs each endpoint, and what policies can see of it as one number.
//!
//! Must not know classes: they are of one set of policies, and these facts of every one.

use std::fmt::Write;

use ztc_bundle::{Contents, WorkloadRecord};
use ztc_identity::LabelSet;
use ztc_policy::{Analysis, cluster::Endpoint};

use crate::{numbers, strings::Strings};

/// Fills the section `workloads`, parallel to `endpoints`.
pub(crate) fn lower(analysis: &Analysis, strings: &mut Strings, contents: &mut Contents) {
    // Replicas share a label set, which is most of the text.
    let sets: Vec<u64> = analysis.cluster.label_sets.iter().map(labels).collect();
    for endpoint in &analysis.cluster.endpoints {
        let set = sets.get(endpoint.label_set as usize).copied();
        let facts = facts(endpoint, set.unwrap_or_default());
        let [a, b, c, d, e, f, g, h] = facts.to_le_bytes();
        contents.workloads.push(WorkloadRecord {
            workload: strings.intern(&endpoint.workload()),
            facts_low: u32::from_le_bytes([a, b, c, d]),
            facts_high: u32::from_le_bytes([e, f, g, h]),
        });
    }
}

fn labels(set: &LabelSet) -> u64 {
    let mut text = String::new();
    for label in set.iter() {
        for part in [&label.source, &label.key, &label.value] {
            push(&mut text, part);
        }
    }
    numbers::fingerprint(&text)
}

/// All that a policy can tell a pod by, but for its addresses and its node.
fn facts(endpoint: &Endpoint, labels: u64) -> u64 {
    let mut ports: Vec<_> = endpoint.ports.iter().collect();
    ports.sort_unstable();
    let mut text = format!("{labels:016x} {}", endpoint.host_network);
    for (named, number) in ports {
        push(&mut text, &named.name);
        push(&mut text, named.protocol.name());
        push(&mut text, &number.to_string());
    }
    numbers::fingerprint(&text)
}

/// A part with its length before it, so that no two lists of parts make one text.
fn push(text: &mut String, part: &str) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{}:{part}", part.len());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ztc_bundle::{BundleFile, encode_file};
    use ztc_diag::{Sink, Sources};
    use ztc_policy::AnalyseOptions;

    use crate::LowerOptions;

    fn bundle(text: &str) -> BundleFile {
        let mut sources = Sources::new();
        sources.add("a.yaml".into(), "a.yaml".into(), text.into());
        let mut sink = Sink::new();
        let parsed = ztc_syntax::parse(&sources, &mut sink);
        let analysis = ztc_policy::analyse(&parsed.objects, &AnalyseOptions::default(), &mut sink);
        let contents = crate::lower(&analysis, &sources, &LowerOptions::default(), &mut sink);
        assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
        encode_file(&contents).expect("contents that can be encoded")
    }

    /// A pod `p` with these labels and fields of its `spec`, in a namespace with a label.
    fn pod(labels: &str, spec: &str, team: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{ name: shop, labels: {{ team: {team} }} \
             }}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: p, namespace: shop, labels: \
             {{ {labels} }} }}\nspec: {{ {spec} }}\n---\n"
        )
    }

    fn facts(labels: &str, spec: &str, team: &str) -> u64 {
        let file = bundle(&pod(labels, spec, team));
        let workload = file.view().workload(0).expect("there is one endpoint");
        assert_eq!(workload.name, "shop/p");
        workload.facts
    }

    const PORTS: &str = "containers: [{ name: c, ports: [{ name: http, containerPort: 80 }, \
                         { name: dns, containerPort: 53, protocol: UDP }] }]";

    /// The number is part of bundles that are compared with ones of other runs and machines.
    #[test]
    fn facts_are_the_same_in_every_run() {
        assert_eq!(facts("app: web", PORTS, "a"), 7_940_537_188_709_963_159);
    }

    #[test]
    fn facts_are_what_policies_see_of_a_pod() {
        let base = facts("app: web, tier: x", PORTS, "a");
        let swapped = "nodeName: node-a, containers: [{ name: d, ports: [{ name: dns, \
                       containerPort: 53, protocol: UDP }, { containerPort: 9 }] }, \
                       { name: c, ports: [{ name: http, containerPort: 80 }] }]";
        assert_eq!(facts("tier: x, app: web", swapped, "a"), base);
        // The default filter leaves this label out of the identity.
        let hash = "tier: x, app: web, pod-template-hash: abc";
        assert_eq!(facts(hash, PORTS, "a"), base);
        let on_host = format!("hostNetwork: true, {PORTS}");
        let seen = [
            facts("app: web", PORTS, "a"),
            facts("app: web, tier: z", PORTS, "a"),
            facts("app: web, tier: x", PORTS, "b"),
            facts("app: web, tier: x", &PORTS.replace("80", "81"), "a"),
            facts("app: web, tier: x", &PORTS.replace("UDP", "SCTP"), "a"),
            facts("app: web, tier: x", &PORTS.replace("http", "web"), "a"),
            facts("app: web, tier: x", &on_host, "a"),
        ];
        let all: BTreeSet<u64> = seen.into_iter().chain([base]).collect();
        assert_eq!(all.len(), 8, "each of them differs from all others");
    }

    #[test]
    fn pods_are_named_after_what_runs_them() {
        let owned = "apiVersion: v1\nkind: Pod\nmetadata: { name: q, namespace: shop, labels: \
                     { pod-template-hash: 5d4 }, ownerReferences: [{ controller: true, kind: \
                     ReplicaSet, name: web-5d4 }] }\nspec: { containers: [{ name: c }] }\n";
        let file = bundle(&format!("{}{owned}", pod("app: web", PORTS, "a")));
        let bundle = file.view();
        let names: Vec<_> = (0..).map_while(|at| bundle.workload(at)).collect();
        let names: Vec<_> = names.iter().map(|workload| workload.name).collect();
        assert_eq!(names, ["shop/p", "shop/Deployment/web"]);
    }
}
