//! What the command prints is what the tables permit: as JSON, folded and not, and as CSV.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;
use ztc_reach::{PartyId, PortRange, PortSet, Reach};

use super::{Connections, compile, connections, scenarios};
use crate::console::ztc;

const N_CASES: u64 = 25;

/// Ranges between two names, with the rules of both sides: numbers, or the word for there being
/// none.
type Printed = BTreeMap<(String, String), Vec<(String, u16, u16, String, String)>>;

fn run(bundle: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(ztc());
    command
        .arg("reach")
        .arg("--bundle")
        .arg(bundle)
        .args(arguments);
    let output = command.output().expect("it runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complaints}");
    String::from_utf8(output.stdout).expect("text")
}

/// What the tables permit, in the words of the output.
fn wanted(reach: &Reach<'_>, connections: &Connections, rule: impl Fn(u32) -> String) -> Printed {
    let name = |id: &PartyId| reach.party(*id).expect("a party").name.clone();
    let mut printed = Printed::new();
    for ((from, to), parts) in connections {
        let known = printed.entry((name(from), name(to))).or_default();
        for (reasons, ports) in parts {
            for range in ports.ranges() {
                let side = |reason: ztc_reach::Reason| match reason {
                    ztc_reach::Reason::NoSubject => "no-subject".to_owned(),
                    ztc_reach::Reason::Open => "open".into(),
                    ztc_reach::Reason::OwnNode => "own-node".into(),
                    ztc_reach::Reason::Rule(number) => rule(number),
                };
                let protocol = range.protocol().name().to_owned();
                let (egress, ingress) = (side(reasons.egress), side(reasons.ingress));
                known.push((protocol, range.first, range.last, egress, ingress));
            }
        }
        known.sort();
    }
    printed
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn of_json(text_of_it: &str) -> Printed {
    let object: Value = serde_json::from_str(text_of_it).expect("JSON");
    let parties = object["parties"].as_array().expect("parties");
    let has_peers: BTreeMap<String, bool> = parties
        .iter()
        .map(|party| (text(&party["name"]), party["has_peers_in_itself"] == true))
        .collect();
    let side = |side: &Value| match side["rule"].as_u64() {
        Some(number) => number.to_string(),
        None => text(&side["by"]),
    };
    let number = |value: &Value| u16::try_from(value.as_u64().expect("a port")).expect("16 bits");
    let mut printed = Printed::new();
    for connection in object["connections"].as_array().expect("connections") {
        let names = |key: &str| connection[key].as_array().expect("names").iter().map(text);
        let (egress, ingress) = (side(&connection["egress"]), side(&connection["ingress"]));
        let ranges = connection["ranges"].as_array().expect("ranges");
        for from in names("from") {
            for to in names("to") {
                if from == to && !has_peers[&from] {
                    continue;
                }
                let known = printed.entry((from.clone(), to)).or_default();
                known.extend(ranges.iter().map(|range| {
                    let protocol = text(&range["protocol"]);
                    let (first, last) = (number(&range["first"]), number(&range["last"]));
                    (protocol, first, last, egress.clone(), ingress.clone())
                }));
            }
        }
    }
    printed.values_mut().for_each(|ranges| ranges.sort());
    printed
}

/// Fields of a line; quotes stand around those that have commas.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    for sign in line.chars() {
        match sign {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            sign => fields.last_mut().expect("one at least").push(sign),
        }
    }
    fields
}

fn of_csv(text: &str) -> Printed {
    let mut lines = text.lines();
    let header = "from,to,protocol,first_port,last_port,egress_rule,ingress_rule";
    assert_eq!(lines.next(), Some(header));
    let mut printed = Printed::new();
    for line in lines {
        let [from, to, protocol, first, last, egress, ingress] =
            fields(line).try_into().expect("seven fields");
        let number = |text: String| text.parse::<u16>().expect("a port");
        let word = |text: String| match text.as_str() {
            "" => "no-subject".to_owned(),
            "own node" => "own-node".into(),
            _ => text,
        };
        let range = (
            protocol,
            number(first),
            number(last),
            word(egress),
            word(ingress),
        );
        printed.entry((from, to)).or_default().push(range);
    }
    printed.values_mut().for_each(|ranges| ranges.sort());
    printed
}

#[test]
fn the_output_is_what_the_tables_permit() {
    let file = std::env::temp_dir().join(format!("ztc-reach-{}.ztcb", std::process::id()));
    for (seed, scenario) in scenarios(N_CASES) {
        let compiled = compile(&scenario);
        fs::write(&file, compiled.bundle.bytes()).expect("the temporary directory is writable");
        let bundle = compiled.bundle.view();
        let reach = Reach::new(&bundle);
        let listed = connections(&reach);
        let by_number = wanted(&reach, &listed, |number| number.to_string());
        for flags in [
            &["--format", "json"][..],
            &["--format", "json", "--no-fold"],
        ] {
            assert_eq!(of_json(&run(&file, flags)), by_number, "ZTC_SEED={seed}");
        }
        let by_line = wanted(&reach, &listed, |number| {
            let rule = bundle.rule(number).expect("a rule");
            format!("{} {}:{}", rule.policy(), rule.file, rule.line)
        });
        assert_eq!(
            of_csv(&run(&file, &["--format", "csv"])),
            by_line,
            "ZTC_SEED={seed}"
        );
    }
    fs::remove_file(file).expect("it was written");
}

/// The ranges of one row of a table.
fn ranges(printed: &Printed) -> PortSet {
    let all = printed.values().flatten();
    let range = |(protocol, first, last, ..): &(String, u16, u16, String, String)| {
        let protocols = ztc_abi::Protocol::ALL.into_iter();
        let protocol = protocols.clone().find(|one| one.name() == protocol);
        PortRange::new(protocol?, *first, *last)
    };
    all.filter_map(range).collect()
}

#[test]
fn a_focus_keeps_what_it_is_about_and_nothing_else() {
    let example = crate::console::root().join("examples/02-shop");
    let ask = |flags: &[&str]| {
        let mut command = Command::new(ztc());
        command
            .arg("reach")
            .arg(&example)
            .args(["--format", "csv"])
            .args(flags);
        let output = command.output().expect("it runs");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{flags:?}: {complaints}");
        of_csv(&String::from_utf8(output.stdout).expect("text"))
    };
    let all = ask(&[]);
    let is_db = |name: &str| name.contains("db");
    let kept = |keeps: &dyn Fn(&str, &str) -> bool| {
        let kept = all.iter().filter(|((from, to), _)| keeps(from, to));
        kept.map(|(pair, ranges)| (pair.clone(), ranges.clone()))
            .collect::<Printed>()
    };
    let db = ["--workload", "shop{app=db}"];
    assert_eq!(ask(&db), kept(&|from, to| is_db(from) || is_db(to)));
    let ingress = [&db[..], &["--direction", "ingress"]].concat();
    assert_eq!(ask(&ingress), kept(&|_, to| is_db(to)));
    let egress = [&db[..], &["--direction", "egress"]].concat();
    assert_eq!(ask(&egress), kept(&|from, _| is_db(from)));
    let between = ["--from", "shop{app=orders}", "--to", "shop{app=db}"];
    assert_eq!(
        ask(&between),
        kept(&|from, to| from.contains("orders") && is_db(to))
    );
    let postgres = ask(&["--port", "5432/TCP", "--from", "cluster"]);
    assert!(!postgres.is_empty());
    for (pair, ranges_of_it) in &postgres {
        let one = Printed::from([(pair.clone(), ranges_of_it.clone())]);
        assert!(
            ranges(&one).contains(ztc_abi::Protocol::Tcp, 5432),
            "{pair:?}"
        );
    }
    let both = all.iter().filter(|(pair, _)| !postgres.contains_key(*pair));
    for (pair, others) in both.filter(|((from, _), _)| from.contains('/') && !from.contains('.')) {
        let one = Printed::from([(pair.clone(), others.clone())]);
        assert!(
            !ranges(&one).contains(ztc_abi::Protocol::Tcp, 5432),
            "{pair:?}"
        );
    }
}
