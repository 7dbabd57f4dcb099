//! Names of parties: each once, and workloads split where policies tell their pods apart.

use std::collections::BTreeSet;

use ztc_abi::Peer;
use ztc_bundle::{
    Bundle, ClassPortRecord, ClassRecord, Contents, EndpointRecord, NamedPortRecord, encode_file,
    testing,
};
use ztc_reach::{Grouping, PartyKind, Reach};

use crate::{N_SEEDS, random};

/// The reach of a bundle whose endpoints are put into namespaces by turns.
pub(crate) fn in_few_namespaces<'a>(bundle: &Bundle<'a>) -> Reach<'a> {
    let namespaces = ["a", "a-b", "b"];
    let endpoints = bundle.endpoints();
    let names = endpoints.iter().zip(namespaces.iter().cycle());
    let names = names.map(|(one, namespace)| format!("{namespace}/{}", bundle.string(one.name)));
    Reach::grouped(bundle, &Grouping::new(names.collect()))
}

#[test]
fn no_two_parties_have_the_same_name() {
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let reach = in_few_namespaces(&file.view());
        let mut seen = BTreeSet::new();
        // A generator gives nodes any names.
        let parties = reach.parties().iter();
        for party in parties.filter(|party| party.kind != PartyKind::Node) {
            assert!(!party.name.is_empty());
            assert!(seen.insert(&party.name), "seed {seed}: {}", party.name);
        }
    }
}

#[test]
fn every_endpoint_with_a_class_is_in_one_party() {
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let bundle = file.view();
        let reach = in_few_namespaces(&bundle);
        let endpoints = (0u32..).zip(bundle.endpoints().iter());
        for (number, endpoint) in endpoints {
            let parties = reach.parties().iter();
            let holders: Vec<_> = parties
                .filter(|party| party.pods.contains(&number))
                .collect();
            let n_wanted = usize::from(endpoint.class != 0);
            assert_eq!(holders.len(), n_wanted, "seed {seed}: {endpoint:?}");
            for party in holders {
                assert_eq!(party.entry.peer, endpoint.class);
            }
        }
    }
}

/// Pods of one workload, with the classes that they are of.
fn workload(pods: &[(&str, u32)]) -> Contents {
    let mut strings: Vec<String> = pods.iter().map(|(name, _)| (*name).to_owned()).collect();
    strings.extend(["".into(), "http".into()]);
    strings.sort();
    let id = |text: &str| {
        let place = strings.iter().position(|known| known == text);
        u32::try_from(place.expect("it is one of them")).expect("they are few")
    };
    let mut endpoints: Vec<EndpointRecord> = pods
        .iter()
        .map(|(name, class)| EndpointRecord {
            name: id(name),
            class: Peer::FIRST_CLASS + class,
            node: 0,
        })
        .collect();
    endpoints.sort();
    let mut contents = testing::contents(0);
    contents = Contents {
        meta: ztc_bundle::MetaRecord {
            n_rows: 0,
            n_port_maps: 0,
            cluster: 0,
            revision: 0,
            labels: 0,
            options: 0,
            ..contents.meta
        },
        named_ports: vec![NamedPortRecord {
            name: id("http"),
            protocol: 0,
        }],
        strings: strings.clone(),
        endpoints,
        reserved: contents.reserved,
        prefixes: contents.prefixes,
        ..Contents::default()
    };
    let n_classes = pods.iter().map(|(_, class)| class + 1).max().unwrap_or(0);
    for class in 0..n_classes {
        contents.class_ports.push(ClassPortRecord {
            named_port: 0,
            port: 8000 + class,
        });
        contents.classes.push(ClassRecord {
            class: Peer::FIRST_CLASS + class,
            group: Peer::FIRST_GROUP + 2,
            row_ingress: 0,
            row_egress: 0,
            shadow_ingress: 0,
            shadow_egress: 0,
            first_selector: 0,
            n_selectors: 0,
            first_port: class,
            n_ports: 1,
            first_network: 0,
            n_networks: 0,
            example: 0,
            n_members: 1,
        });
    }
    testing::complete(contents)
}

fn names(pods: &[(&str, u32)]) -> Vec<String> {
    let file = encode_file(&workload(pods)).expect("it can be encoded");
    let bundle = file.view();
    let grouping = Grouping::new(vec!["shop/Deployment/web".into(); pods.len()]);
    let reach = Reach::grouped(&bundle, &grouping);
    let parties = reach.parties().iter();
    let workloads = parties.filter(|party| party.kind == PartyKind::Workload);
    workloads.map(|party| party.name.clone()).collect()
}

#[test]
fn a_workload_is_split_where_policies_tell_its_pods_apart() {
    assert_eq!(
        names(&[("shop/web-1", 0), ("shop/web-2", 0)]),
        ["shop/Deployment/web"]
    );
    assert_eq!(
        names(&[("shop/web-1", 0), ("shop/web-2", 1), ("shop/web-3", 1)]),
        [
            "shop/Deployment/web (web-1)",
            "shop/Deployment/web (web-2 and 1 more)"
        ]
    );
}

#[test]
fn a_pod_that_is_called_as_its_template_is_still_another_party() {
    let names = names(&[("shop/Deployment/web", 0), ("shop/web", 1)]);
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
}
