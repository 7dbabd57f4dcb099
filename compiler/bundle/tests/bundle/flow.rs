//! Questions about flows: ends, verdicts of both sides, shadows, and lines in and out.

use std::io::Cursor;

use serde_json::Value;
use ztc_abi::{Action, Address, Peer, Verdict};
use ztc_bundle::{
    flow::{Answerer, Ask, FlowsError, Judge, Judged, MAX_LINE, NoAnswer, Question, Word},
    *,
};

const STRINGS: [&str; 14] = [
    "",
    "CiliumNetworkPolicy",
    "db",
    "db.yaml",
    "node-a",
    "node-b",
    "shop",
    "shop/DaemonSet/agent",
    "shop/Deployment/api",
    "shop/Job/api",
    "shop/agent",
    "shop/db",
    "shop/web",
    "spec.ingress[0]",
];

fn id(text: &str) -> u32 {
    let at = STRINGS.iter().position(|known| *known == text);
    u32::try_from(at.expect("the text is known")).expect("they are few")
}

fn address(host: u8, peer: u32, own_peer: u32, (name, node): (&str, &str)) -> AddressRecord {
    let group = Peer::FIRST_GROUP;
    AddressRecord {
        address: Address::from_ipv4([10, 0, 0, host]).bytes,
        peer,
        group,
        own_peer,
        own_group: group,
        name: id(name),
        node: id(node),
        is_node: u32::from(peer < Peer::FIRST_CLASS),
    }
}

/// What row 1 and row 2 say: rule 1 lets web (and, by the second row, nobody) in.
fn decisions() -> Vec<DecisionRecord> {
    let refused = Verdict::new(Action::NotAllowed, 1).0;
    let say = |row, peer: u32, rest| DecisionRecord {
        row,
        peer,
        port_map: 0,
        rest,
    };
    vec![
        say(1, Peer::ANY_INSIDE.0, refused),
        say(1, Peer::HOST.0, Verdict::BUILT_IN_ALLOW.0),
        say(1, Peer::ANY_OUTSIDE.0, refused),
        say(1, Peer::HOST_KUBE_APISERVER.0, Verdict::BUILT_IN_ALLOW.0),
        say(1, 256, Verdict::new(Action::Allow, 1).0),
        say(2, Peer::ANY_INSIDE.0, Verdict::new(Action::Deny, 2).0),
        say(2, Peer::ANY_OUTSIDE.0, Verdict::new(Action::Deny, 2).0),
    ]
}

/// Two pods on two nodes, two templates of one name, and a DaemonSet on the host's network. Rule 1
/// isolates db and lets web in; the audited rule 2 would deny everybody.
pub(crate) fn contents() -> Contents {
    let group = Peer::FIRST_GROUP;
    let class = |class, row_ingress, shadow_ingress, n_selectors| ClassRecord {
        class,
        group,
        row_ingress,
        shadow_ingress,
        first_selector: class - 256,
        n_selectors,
        ..ClassRecord::default()
    };
    let endpoint = |name, class, node| EndpointRecord {
        name: id(name),
        class,
        node: id(node),
    };
    let rule = |action: Action, isolates, audit| RuleRecord {
        line: 7,
        column: 3,
        end_line: 8,
        end_column: 1,
        file: id("db.yaml"),
        path: id("spec.ingress[0]"),
        action: action as u8,
        isolates,
        audit,
        tier: 1,
        ..RuleRecord::default()
    };
    let world = |family, peer: Peer| PrefixRecord {
        family,
        peer: peer.0,
        group,
        ..PrefixRecord::default()
    };
    let reserved = |peer: Peer| ReservedRecord {
        peer: peer.0,
        group,
    };
    let selector = SelectorRecord {
        first_requirement: 0,
        n_requirements: 0,
    };
    testing::complete(Contents {
        meta: MetaRecord {
            n_rows: 2,
            n_port_classes: 8,
            ..MetaRecord::default()
        },
        strings: STRINGS.map(String::from).into(),
        selectors: vec![selector],
        classes: vec![class(256, 0, 0, 1), class(257, 1, 2, 0)],
        signatures: vec![SignatureRecord { selector: 0 }],
        endpoints: vec![
            endpoint("shop/DaemonSet/agent", 0, ""),
            endpoint("shop/Deployment/api", 256, ""),
            endpoint("shop/Job/api", 256, ""),
            endpoint("shop/agent", 0, "node-b"),
            endpoint("shop/db", 257, "node-b"),
            endpoint("shop/web", 256, "node-a"),
        ],
        addresses: vec![
            address(1, 256, 256, ("shop/web", "node-a")),
            address(2, 257, 257, ("shop/db", "node-b")),
            address(8, 6, 1, ("node-a", "node-a")),
            address(9, 7, 13, ("node-b", "node-b")),
        ],
        prefixes: vec![world(4, Peer::WORLD_IPV4), world(6, Peer::WORLD_IPV6)],
        reserved: Peer::RESERVED.map(reserved).into(),
        decisions: decisions(),
        rules: vec![rule(Action::Allow, 1, 0), rule(Action::Deny, 0, 1)],
        policies: vec![PolicyRecord {
            kind: id("CiliumNetworkPolicy"),
            namespace: id("shop"),
            name: id("db"),
            file: id("db.yaml"),
            line: 1,
            column: 1,
        }],
        isolations: vec![IsolationRecord { row: 1, rule: 1 }],
        ..Contents::default()
    })
}

/// The answers to some lines, or what was answered before an error, and the error.
fn answers(lines: &str) -> (Vec<Value>, Option<FlowsError>) {
    let bytes = encode(&contents()).unwrap_or_else(|error| panic!("{error}"));
    let bundle = Bundle::parse(&bytes).expect("it was just written");
    let simulator = Simulator::new(&bundle);
    let answerer = Answerer::new(&bundle);
    let mut out = Vec::new();
    let lines = Cursor::new(lines.as_bytes());
    let result = flow::answer_lines("f.jsonl", lines, &answerer, &mut &simulator, &mut out);
    let values = serde_json::Deserializer::from_slice(&out).into_iter();
    let values: Vec<Value> = values.map(|value| value.expect("it is JSON")).collect();
    if let Ok(n) = result {
        assert_eq!(n, values.len() as u64);
    }
    (values, result.err())
}

fn line(from: &str, to: &str) -> String {
    format!(r#"{{"from":"{from}","to":"{to}","protocol":"TCP","port":80,"egress":"ignored"}}"#)
}

/// The answer's words for egress, ingress and both, and what enforcing audited policies would do.
#[track_caller]
fn check(from: &str, to: &str, words: [&str; 3], audit: Option<&str>) -> Value {
    let (mut values, error) = answers(&line(from, to));
    assert!(error.is_none(), "{error:?}");
    let answer = values.pop().expect("there is one line");
    let found = ["egress", "ingress", "verdict"].map(|side| answer[side].clone());
    assert_eq!(found, words, "{from} {to}");
    assert_eq!(answer["from"], from);
    assert_eq!(answer["port"], 80);
    assert_eq!(answer["ingress_audit"]["would"].as_str(), audit);
    assert_eq!(answer.get("egress_audit"), None);
    answer
}

#[test]
fn a_line_is_repeated_and_answered_with_the_rule_that_decides() {
    let allow = ["allow", "allow", "allow"];
    let answer = check("shop/web", "shop/db", allow, Some("deny"));
    let rule = &answer["ingress_rules"][0];
    assert_eq!(
        (&rule["role"], &rule["line"]),
        (&"decided".into(), &7.into())
    );
    assert_eq!(rule["policy"]["namespace"], "shop");
    assert_eq!(rule.get("audited"), None);
    let audited = &answer["ingress_audit"]["rules"][0];
    assert_eq!(
        (&audited["action"], &audited["audited"]),
        (&"deny".into(), &true.into())
    );
    check("ip:10.0.0.1", "10.0.0.2", allow, Some("deny"));
}

#[test]
fn a_default_deny_names_the_rules_that_isolate() {
    let answer = check("shop/db", "shop/web", ["allow"; 3], None);
    assert_eq!(answer["ingress_rules"], Value::Array(vec![]));
    let deny = ["n/a", "deny", "deny"];
    let answer = check("203.0.113.1", "shop/db", deny, None);
    assert_eq!(answer["ingress_rules"][0]["role"], "isolates");
    check("entity:world", "shop/db", deny, None);
}

#[test]
fn a_node_is_something_else_to_its_own_pods() {
    let allow = ["n/a", "allow", "allow"];
    let deny = ["n/a", "deny", "deny"];
    let answer = check("10.0.0.9", "shop/db", allow, Some("deny"));
    assert_eq!(answer["ingress_reason"], "its own node may always reach it");
    check("shop/agent", "shop/db", allow, Some("deny"));
    check("host", "shop/db", allow, Some("deny"));
    check("10.0.0.8", "shop/db", deny, None);
    check("entity:kube-apiserver", "shop/db", deny, None);
    // Nobody knows where a template's pods run.
    let answer = check("shop/DaemonSet/agent", "shop/db", deny, None);
    assert_eq!(answer["notes"].as_array().map(Vec::len), Some(1));
}

/// Says what it was asked.
struct Listening(Vec<Ask>);

impl Judge for Listening {
    fn judge(&mut self, ask: &Ask) -> Result<Judged, NoAnswer> {
        self.0.push(*ask);
        let deny = Verdict::new(Action::Deny, 2);
        Ok(Judged::new(deny, Some(Verdict::new(Action::NotAllowed, 1))))
    }
}

#[test]
fn a_judge_is_told_an_address_only_where_it_gives_the_peer_to_everybody() {
    let bytes = encode(&contents()).expect("they are valid");
    let bundle = Bundle::parse(&bytes).expect("it was just written");
    let answerer = Answerer::new(&bundle);
    for (from, address) in [
        ("shop/web", Some("10.0.0.1")),
        ("10.0.0.1", Some("10.0.0.1")),
        ("shop/Deployment/api", None),
        ("10.0.0.8", Some("10.0.0.8")),
        ("10.0.0.9", None),
        ("shop/agent", None),
        ("203.0.113.1", Some("203.0.113.1")),
        ("world", None),
    ] {
        let mut judge = Listening(vec![]);
        let question = Question::new(from, "shop/db", "80/TCP").expect("it is one");
        let answer = answerer.answer(question, &mut judge).expect("an answer");
        let ask = *judge.0.last().expect("db is a subject");
        assert_eq!(answer.ingress.ask, Some(ask));
        assert_eq!((ask.class, ask.row, ask.shadow_row), (Peer(257), 1, 2));
        let told = ask.peer_address.map(|address| address.to_string());
        assert_eq!(told.as_deref(), address, "{from}");
        if let Some(address) = ask.peer_address {
            assert_eq!(bundle.peer_of(address), ask.peer, "{from}");
        }
        // Another way to the same outcome is nothing to report.
        assert_eq!(
            (answer.ingress.word, answer.ingress.audit),
            (Word::Deny, None)
        );
    }
}

#[test]
fn a_name_that_leads_nowhere_stops_after_the_answers_before_it() {
    for (from, says, advice) in [
        (
            "shop/nobody",
            "nothing is called `shop/nobody`",
            "an end is namespace/pod",
        ),
        (
            "entity:moon",
            "nothing is called `moon`",
            "an entity is one of health, host",
        ),
        (
            "shop/api",
            "`shop/api` is the name of 2 workloads",
            "say which: shop/Deployment/api",
        ),
        ("all", "`all` names many peers", "name a pod"),
    ] {
        let lines = format!(
            "{}\n\n{}\n",
            line("shop/web", "shop/db"),
            line(from, "shop/db")
        );
        let (values, error) = answers(&lines);
        assert_eq!(values.len(), 1, "{from}");
        let error = error.expect("it is no end");
        let expected = format!("`f.jsonl`, line 3: {says}");
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert!(error.advice().starts_with(advice), "{}", error.advice());
    }
}

#[test]
fn what_is_no_question_is_refused_with_its_line() {
    for (text, says) in [
        ("{}".to_owned(), "`f.jsonl`, line 1: missing field `from`"),
        ("nonsense".to_owned(), "`f.jsonl`, line 1: expected"),
        (
            line("a", "b").replace("80", "99999"),
            "`f.jsonl`, line 1: invalid value",
        ),
        (
            line("a", "b").replace("TCP", "QUIC"),
            "`f.jsonl`, line 1: nothing is called `a`",
        ),
        (
            "x".repeat(MAX_LINE + 1),
            "`f.jsonl`, line 1: it is longer than 1048576 bytes",
        ),
    ] {
        let (values, error) = answers(&text);
        let error = error.expect("it is no question");
        assert!(
            values.is_empty() && error.to_string().starts_with(says),
            "{error}"
        );
        assert!(!error.advice().is_empty());
    }
    let (values, error) = answers(&line("shop/web", "shop/db").replace("TCP", "QUIC"));
    assert_eq!(values, Vec::<Value>::new());
    let says = "`f.jsonl`, line 1: `QUIC` is not a protocol that policies know";
    assert_eq!(error.expect("it is no protocol").to_string(), says);
    let (values, error) = answers(" \n\n");
    assert!(values.is_empty() && error.is_none());
}

#[test]
fn names_are_listed_in_order_for_whoever_mistypes_one() {
    let bytes = encode(&contents()).expect("they are valid");
    let bundle = Bundle::parse(&bytes).expect("it was just written");
    let names: Vec<_> = Answerer::new(&bundle).ends().names().collect();
    assert_eq!(names.first(), Some(&"shop/DaemonSet/agent"));
    assert!(names.contains(&"world"));
}
