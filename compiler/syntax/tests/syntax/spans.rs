//! Spans are exact in every style YAML has: the marked bytes are the guilty node, no more, no less.

use ztc_diag::SourceId;
use ztc_syntax::Object;

use crate::marks;

/// The rest of a policy around an element of `fromCIDR`, where a wrong type or prefix points.
const HEAD: &str = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a}\n\
                    spec:\n  endpointSelector: {}\n  ingress:\n";

const SCALARS: &[(&str, &str)] = &[
    ("plain", "  - fromCIDR:\n    - ⟦bad-cidr|10.0.0⟧\n"),
    (
        "plain, before a comment",
        "  - fromCIDR:\n    - ⟦bad-cidr|10.0.0⟧   # why\n",
    ),
    (
        "plain, at the end of the file",
        "  - fromCIDR:\n    - ⟦bad-cidr|10.0.0⟧",
    ),
    (
        "plain, several lines",
        "  - fromCIDR:\n    - ⟦bad-cidr|10.0.0\n      and more\n\n      of it⟧\n",
    ),
    (
        "single quotes",
        "  - fromCIDR:\n    - ⟦bad-cidr|'10.0''0'⟧\n",
    ),
    (
        "double quotes",
        "  - fromCIDR:\n    - ⟦bad-cidr|\"10\\u002e0\"⟧\n",
    ),
    (
        "quotes, several lines",
        "  - fromCIDR:\n    - ⟦bad-cidr|'10.0\n      .0'⟧\n    - ::/0\n",
    ),
    (
        "literal",
        "  - fromCIDR:\n    - ⟦bad-cidr||\n      10.0.0\n      x⟧\n\n    - ::/0\n",
    ),
    (
        "folded",
        "  - fromCIDR:\n    - ⟦bad-cidr|>- # | why\n      10.0.0⟧\n",
    ),
    (
        "folded, keeping",
        "  - fromCIDR:\n    - ⟦bad-cidr|>+\n\n      10.0.0⟧\n\n  egress: []\n",
    ),
    (
        "literal with a tag",
        "  - fromCIDR:\n    - !!str ⟦bad-cidr||\n      10.0.0⟧\n",
    ),
    ("flow", "  - fromCIDR: [ ::/0,⟦bad-cidr|10.0.0⟧ ]\n"),
    ("flow, quoted", "  - {fromCIDR: [⟦bad-cidr|\"10.0.0\"⟧]}\n"),
    ("an anchor", "  - fromCIDR:\n    - &a ⟦bad-cidr|10.0.0⟧\n"),
    ("a tag", "  - fromCIDR:\n    - !!str ⟦bad-cidr|10⟧\n"),
    (
        "a tag that makes a number",
        "  - fromCIDR:\n    - !!int ⟦wrong-type|\"10\"⟧\n",
    ),
    (
        "tabs before the value",
        "  - fromCIDR:\t[\t⟦bad-cidr|10.0.0⟧\t]\n",
    ),
    (
        "non-ASCII before it",
        "  - fromCIDR: [\"::/0\" ] # é日本\n  - {fromCIDR: [⟦bad-cidr|é/日⟧]}\n",
    ),
    (
        "an astral character",
        "  - {fromCIDR: [⟦bad-cidr|'😀'⟧, ⟦bad-cidr|x⟧]}\n",
    ),
    (
        "an explicit key",
        "  - ? fromCIDR\n    : - ⟦bad-cidr|10.0.0⟧\n",
    ),
];

const COLLECTIONS: &[(&str, &str)] = &[
    (
        "block mapping",
        "  - fromCIDR:\n    - ⟦wrong-type|a: b\n      c: d⟧\n\n    # end\n",
    ),
    (
        "block sequence",
        "  - fromCIDR:\n    - ⟦wrong-type|- a\n      - b: c⟧\n",
    ),
    (
        "sequence below its key",
        "  - fromEndpoints:\n    - matchLabels:\n        # c\n        ⟦wrong-type|- a\n\
         \x20       - b⟧ # d\n",
    ),
    (
        "sequence not indented",
        "  - fromEndpoints:\n    - matchLabels:   # c\n      ⟦wrong-type|- - a\n\
         \x20     - b⟧\n",
    ),
    (
        "sequence with an anchor",
        "  - fromEndpoints:\n    - matchLabels: &a\n      ⟦wrong-type|- -1⟧\n",
    ),
    (
        "sequence, dash alone",
        "  - fromEndpoints:\n    - matchLabels:\n      ⟦wrong-type|-\n        a: b⟧\n",
    ),
    (
        "flow mapping",
        "  - fromCIDR: [⟦wrong-type|{ a: b,\n     c: d }⟧ ]\n",
    ),
    ("flow sequence", "  - fromCIDR: [⟦wrong-type|[a, b ]⟧]\n"),
    (
        "pair in a flow sequence",
        "  - fromCIDR: [⟦wrong-type|a: b⟧ ]\n",
    ),
    ("empty", "  - fromCIDR: ⟦wrong-type|{ }⟧\n"),
];

#[test]
fn the_span_of_a_bad_scalar_is_the_scalar_as_written() {
    for (what, element) in SCALARS {
        let marked = format!("{HEAD}{element}");
        marks::check(what, &marked);
        marks::check(&format!("{what}, CRLF"), &marked.replace('\n', "\r\n"));
        marks::check(
            &format!("{what}, byte-order mark"),
            &format!("\u{feff}{marked}"),
        );
        marks::check(
            &format!("{what}, second"),
            &format!("{{}}\n--- # é\n{marked}\n...\n"),
        );
    }
}

#[test]
fn the_span_of_a_collection_is_from_its_first_to_its_last_character() {
    for (what, element) in COLLECTIONS {
        let marked = format!("{HEAD}{element}");
        marks::check(what, &marked);
        marks::check(&format!("{what}, CRLF"), &marked.replace('\n', "\r\n"));
    }
}

#[test]
fn an_alias_is_guilty_where_it_is_used_and_shows_its_anchor() {
    let secondary = |marked: &str, expected: &[&str]| {
        let (text, _) = marks::unmark(marked);
        for diagnostic in marks::check("alias", marked) {
            let labels = diagnostic.secondary.iter().map(|label| {
                text.get(label.span.start as usize..label.span.end as usize)
                    .expect("a boundary")
            });
            assert_eq!(labels.collect::<Vec<_>>(), expected);
        }
    };
    let scalar = "  - &a fromCIDR: [&b ::/0]\n  - fromEntities: [⟦unknown-entity|*b⟧]\n";
    secondary(&format!("{HEAD}{scalar}"), &["::/0"]);
    let within = "  - fromEndpoints: [&a {matchLabels: {app: x}}]\n\
                  \x20 - fromCIDRSet: [⟦cidr-set-base,unknown-field|*a⟧]\n";
    let (text, _) = marks::unmark(within);
    assert!(text.contains("*a"));
    let diagnostics = marks::check("a mapping", &format!("{HEAD}{within}"));
    assert!(
        diagnostics
            .iter()
            .all(|diagnostic| !diagnostic.secondary.is_empty())
    );
    let merge = "  - &a {fromCIDR: [::/0], toPorts: []}\n  - <<: *a\n    fromEntities: []\n\
                 \x20 - {<<: [*a, {}], ⟦combined-peers|fromEndpoints⟧: [{}]}\n";
    secondary(&format!("{HEAD}{merge}"), &["*a"]);
    let merged = "  - &a {from: []}\n  - {<<: ⟦unknown-field|*a⟧}\n"
        .replace("from:", "⟦unknown-field|from⟧:");
    marks::check("a merged field", &format!("{HEAD}{merged}"));
}

#[test]
fn objects_point_at_themselves() {
    let text = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  annotations: \
                {by: é}\n  name: \"web\"\nspec:\n  endpointSelector:\n    matchLabels:\n      app: \
                web\n  ingress:\n\x20 - toPorts:\n    - ports:\n      - port: \"80\"\n        \
                protocol: TCP\n"
        .replace('\n', "\r\n");
    let (sources, parsed, diagnostics) = marks::parse(&text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let [Object::Cilium(policy)] = parsed.objects.as_slice() else {
        unreachable!("one policy")
    };
    assert_eq!(policy.meta.name.value, "web");
    assert_eq!(sources.text(policy.meta.name.span), "\"web\"");
    assert_eq!(sources.text(policy.meta.kind_span), "CiliumNetworkPolicy");
    let [rule] = policy.rules.as_slice() else {
        unreachable!("one rule")
    };
    assert_eq!(rule.path, "spec");
    let [requirement] = rule.subject.selector().requirements.as_slice() else {
        unreachable!("one")
    };
    assert_eq!(sources.text(requirement.span), "app: web");
    let ingress = rule.ingress.as_ref().expect("there is one");
    assert!(sources.text(ingress.span).starts_with("- toPorts"));
    let [element] = ingress.value.as_slice() else {
        unreachable!("one element")
    };
    assert!(sources.text(element.span).starts_with("toPorts"));
    assert!(sources.text(element.span).ends_with("protocol: TCP"));
    let place = sources
        .get(SourceId(0))
        .expect("just added")
        .line_column(element.span.start);
    assert_eq!((place.line, place.column), (11, 5));
}
