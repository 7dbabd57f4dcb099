//! Workloads beside endpoints: what the section says, and what can be asked of their names.

use ztc_bundle::{
    flow::{Answerer, End, NoSuchEnd},
    *,
};

use crate::flow;

/// The contents of the tests of flows, where each of these endpoints is run by that workload.
fn run_by(owners: &[(&str, &str)]) -> BundleFile {
    let mut contents = flow::contents();
    let mut strings = contents.strings.clone();
    strings.extend(owners.iter().map(|(_, workload)| (*workload).to_owned()));
    strings.sort_unstable();
    strings.dedup();
    let new: Vec<u32> = contents
        .strings
        .iter()
        .map(|text| id(&strings, text))
        .collect();
    let old = std::mem::replace(&mut contents.strings, strings);
    let renamed = |old: &mut u32| *old = new[*old as usize];
    for record in &mut contents.endpoints {
        renamed(&mut record.name);
        renamed(&mut record.node);
    }
    for record in &mut contents.addresses {
        renamed(&mut record.name);
        renamed(&mut record.node);
    }
    for record in &mut contents.rules {
        renamed(&mut record.file);
        renamed(&mut record.path);
    }
    for record in &mut contents.policies {
        renamed(&mut record.kind);
        renamed(&mut record.namespace);
        renamed(&mut record.name);
        renamed(&mut record.file);
    }
    for record in &mut contents.workloads {
        let name = old[record.workload as usize].as_str();
        let owner = owners.iter().find(|(pod, _)| *pod == name);
        record.workload = id(
            &contents.strings,
            owner.map_or(name, |(_, workload)| workload),
        );
    }
    encode_file(&contents).unwrap_or_else(|error| panic!("{error}"))
}

fn id(strings: &[String], text: &str) -> u32 {
    let at = strings.iter().position(|known| known == text);
    u32::try_from(at.expect("the text is known")).expect("they are few")
}

const SET: &str = "shop/StatefulSet/web";

#[test]
fn a_workload_is_found_by_the_index_of_its_endpoint() {
    let file = run_by(&[("shop/web", SET)]);
    let bundle = file.view();
    let names = (0..6).map(|index| bundle.workload(index).expect("it has one").name);
    let expected = [
        "shop/DaemonSet/agent",
        "shop/Deployment/api",
        "shop/Job/api",
        "shop/agent",
        "shop/db",
        SET,
    ];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    assert_eq!(bundle.workload(6), None);

    let mut contents = flow::contents();
    let facts = &mut contents.workloads[2];
    (facts.facts_low, facts.facts_high) = (0x89ab_cdef, 0x0123_4567);
    let file = encode_file(&contents).unwrap_or_else(|error| panic!("{error}"));
    let workload = file.view().workload(2).expect("it has one");
    assert_eq!(workload.facts, 0x0123_4567_89ab_cdef);
    assert_eq!(file.view().meaning(0), None);
    assert_eq!(file.view().meaning(2), Some(2));
    assert_eq!(file.view().meaning(3), None);
}

#[test]
fn a_workload_is_an_end_where_its_pods_are_alike() {
    let owners = [("shop/web", SET), ("shop/Job/api", SET)];
    let file = run_by(&owners);
    let answerer = Answerer::new(&file.view());
    let address = Some("10.0.0.1".parse().expect("it is an address"));
    // Of two pods of which one runs nowhere yet, nobody knows the node.
    let on = |node| End::Pod {
        class: 256,
        node,
        address,
    };
    assert_eq!(answerer.ends().find(SET), Ok(on("")));
    let one = run_by(&owners[..1]);
    let answerer = Answerer::new(&one.view());
    let alone = on("node-a");
    assert_eq!(answerer.ends().find(SET), Ok(alone));
    assert_eq!(answerer.ends().find("shop/web"), Ok(alone));
    let names: Vec<_> = answerer
        .ends()
        .names()
        .filter(|name| *name == SET)
        .collect();
    assert_eq!(names, [SET]);
}

#[test]
fn a_workload_of_pods_that_policies_tell_apart_is_no_end() {
    let file = run_by(&[("shop/web", SET), ("shop/db", SET)]);
    let answerer = Answerer::new(&file.view());
    let refused = answerer.ends().find(SET).expect_err("they differ");
    let pods = vec!["shop/db".to_owned(), "shop/web".to_owned()];
    let text = SET.to_owned();
    assert_eq!(refused, NoSuchEnd::NotAlike { text, pods });
    assert_eq!(refused.advice(), "say which pod: shop/db, shop/web");
    assert!(
        refused
            .to_string()
            .starts_with("the 2 pods of `shop/StatefulSet/web`")
    );
}

/// A pod on the host's network is its node, and two nodes are two ends.
#[test]
fn a_workload_on_the_network_of_one_host_is_that_host() {
    const AGENTS: &str = "shop/DaemonSet/log";
    let file = run_by(&[("shop/agent", AGENTS)]);
    let answerer = Answerer::new(&file.view());
    let alone = answerer.ends().find("shop/agent");
    assert!(matches!(alone, Ok(End::Node { name: "node-b", .. })));
    assert_eq!(answerer.ends().find(AGENTS), alone);

    let both = [("shop/agent", AGENTS), ("shop/DaemonSet/agent", AGENTS)];
    let file = run_by(&both);
    let answerer = Answerer::new(&file.view());
    let refused = answerer.ends().find(AGENTS).expect_err("they differ");
    assert!(matches!(refused, NoSuchEnd::NotAlike { .. }), "{refused}");
}

#[test]
fn what_is_called_so_itself_comes_before_what_runs_it() {
    let file = run_by(&[("shop/web", "shop/db")]);
    let answerer = Answerer::new(&file.view());
    let found = answerer.ends().find("shop/db");
    assert!(matches!(found, Ok(End::Pod { class: 257, .. })));
}
