//! What is left out is taken down, so that whoever goes on without it can say so.

use crate::marks;

/// What was refused: kind, namespace, name, and the text of the span.
fn refused(text: &str) -> Vec<(String, Option<String>, Option<String>, String)> {
    let (sources, parsed, _) = marks::parse(text);
    let describe = |refused: &ztc_syntax::Refused| {
        (
            refused.kind.clone(),
            refused.namespace.clone(),
            refused.name.clone(),
            sources.text(refused.span).to_owned(),
        )
    };
    parsed.refused.iter().map(describe).collect()
}

fn entry(
    kind: &str,
    namespace: &str,
    name: &str,
    span: &str,
) -> (String, Option<String>, Option<String>, String) {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (
        kind.to_owned(),
        some(namespace),
        some(name),
        span.to_owned(),
    )
}

#[test]
fn an_object_with_an_error_is_refused_by_its_name() {
    let text = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                metadata: {name: a, namespace: shop}\nspec: {}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: good}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: twice, name: twice}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {}\n---\n\
                apiVersion: cilium.io/v1\nkind: CiliumNetworkPolicy\nmetadata: {name: b}\n---\n\
                apiVersion: cilium.io/v2\nkind: CiliumNetworkPolcy\nmetadata: {name: c}\n";
    let kind = "CiliumNetworkPolicy";
    let expected = [
        entry(kind, "shop", "a", kind),
        entry("Pod", "", "twice", "Pod"),
        entry("Pod", "", "", "Pod"),
        entry(kind, "", "b", kind),
        entry("CiliumNetworkPolcy", "", "c", "CiliumNetworkPolcy"),
    ];
    assert_eq!(refused(text), expected);
}

#[test]
fn what_has_no_kind_is_refused_as_a_document() {
    let text = "a: [\n---\njust text\n---\napiVersion: v1\nmetadata: {name: b}\n---\n\
                kind: Pod\nmetadata: {name: c}\n";
    let expected = [
        entry("document", "", "", ""),
        entry("document", "", "", ""),
        entry("document", "", "b", ""),
        entry("Pod", "", "c", "Pod"),
    ];
    assert_eq!(refused(text), expected);
}

#[test]
fn items_of_lists_and_snapshots_are_refused_one_by_one() {
    let text = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a, labels: []}\n\
                - metadata: {name: b}\n- 1\n---\napiVersion: ztc.dev/v1alpha1\nkind: Snapshot\n\
                pods:\n- {name: c, namespace: d, hostNetwork: 1}\n- 2\nnodes: [{}]\n---\n\
                apiVersion: ztc.dev/v1alpha1\nkind: Snapshot\npod: []\n---\n\
                apiVersion: v1\nkind: List\n";
    let expected = [
        entry("Pod", "", "a", "{name: a, labels: []}"),
        entry("document", "", "", "1"),
        entry("Node", "", "", ""),
        entry("Pod", "d", "c", ""),
        entry("Pod", "", "", "2"),
        entry("Snapshot", "", "", "Snapshot"),
        entry("List", "", "", "List"),
    ];
    assert_eq!(refused(text), expected);
}

#[test]
fn a_good_file_refuses_nothing() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\n\
                apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n";
    assert!(refused(text).is_empty());
}
