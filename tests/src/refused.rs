//! What is not said where a policy has no effect because something in it is wrong.
//!
//! Must not know how policies are read.

use ztc_diag::{Sink, Sources};
use ztc_lints::{Input, Levels};
use ztc_policy::AnalyseOptions;

/// Two namespaces whose pods may not ask the DNS.
const REPOSITORY: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: pay}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: job, namespace: pay}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}
---
"#;

/// The namespaces of which it is said that names cannot be resolved there.
fn without_dns(more: &str) -> Vec<&'static str> {
    let mut sources = Sources::new();
    let text = format!("{REPOSITORY}{more}");
    sources.add("p.yaml".into(), "p.yaml".into(), text);
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources, &mut sink);
    let analysis = ztc_policy::analyse(&parsed.objects, &AnalyseOptions::default(), &mut sink);
    assert_eq!(
        sink.has_errors(),
        !more.is_empty(),
        "{:?}",
        sink.into_sorted()
    );
    let input = Input {
        objects: &parsed.objects,
        refused: &parsed.refused,
        analysis: &analysis,
        is_checked: &|_| true,
    };
    let mut found = Sink::new();
    ztc_lints::run(&input, &Levels::default(), &mut found);
    let found = found.into_sorted();
    let found = found.iter().filter(|one| one.name == "egress-without-dns");
    let notes: Vec<String> = found.flat_map(|one| one.notes.clone()).collect();
    let is_said = |namespace: &&str| notes.iter().any(|note| note.contains(*namespace));
    ["shop/", "pay/"].into_iter().filter(is_said).collect()
}

#[test]
fn dns_is_not_missed_where_a_refused_policy_may_let_it_through() {
    assert_eq!(without_dns(""), ["shop/", "pay/"]);
    let unread = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                  metadata: {name: dns, namespace: shop}\n\
                  spec: {endpointSelector: {}, unknownField: true, egress: [{}]}\n";
    assert_eq!(without_dns(unread), ["pay/"]);
    let everywhere = unread.replace("kind: Cilium", "kind: CiliumClusterwide");
    let everywhere = everywhere.replace(", namespace: shop", "");
    assert_eq!(without_dns(&everywhere), [""; 0]);
    // What can be read and means nothing.
    let meaningless = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                       metadata: {name: dns, namespace: pay}\n\
                       spec: {endpointSelector: {}, egress: [{toNodes: [{}]}]}\n";
    assert_eq!(without_dns(meaningless), ["shop/"]);
    let no_policy = "apiVersion: v1\nkind: Service\n\
                     metadata: {name: dns, namespace: shop}\nspec: 7\n";
    assert_eq!(without_dns(no_policy), ["shop/", "pay/"]);
}
