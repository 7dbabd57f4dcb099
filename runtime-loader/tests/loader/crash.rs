//! A loader that is killed in the middle leaves the old bundle or the new one, and the next loader
//! goes on from there.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use ztc_bundle::{BundleFile, Digest};
use ztc_loader::{
    attach,
    datapath::slot,
    endpoints::EndpointsFile,
    fill::{self, SlotTables},
    place, status, tables,
};

use crate::{
    bundles::{SERVER, allow, bundle},
    node::Node,
};

const N_KILLS: u32 = 40;

#[test]
fn a_killed_loader_leaves_a_complete_policy() {
    let Some(node) = Node::new("crash") else {
        return;
    };
    let _listener = node.listen(SERVER, 8080);
    let bundles = [bundle("a", &allow(0, 8080)), bundle("b", &allow(1, 8080))];
    let files = [
        node.file("a.ztcb", &bundles[0]),
        node.file("b.ztcb", &bundles[1]),
    ];
    let endpoints = node.endpoints().display().to_string();
    let apply = |which: usize| {
        let file = files[which].display().to_string();
        let mut command = node.command(&["apply", &file, "--endpoints", &endpoints]);
        command.stdout(Stdio::null());
        command
    };
    let started = Instant::now();
    let first = node.inside(|| apply(0).output()).expect("the command runs");
    assert!(first.status.success(), "{first:?}");
    let whole = started.elapsed();

    let mut random = fastrand::Rng::with_seed(2);
    let mut seen = [0; 2];
    for kill in 0..N_KILLS {
        let next = usize::from(kill % 2 == 0);
        let mut child = node
            .inside(|| apply(next).spawn())
            .expect("the command runs");
        thread::sleep(random_part(&mut random, whole));
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
        seen[enforced(&node, &bundles)] += 1;
    }
    let last = node.inside(|| apply(1).output()).expect("the command runs");
    assert!(last.status.success(), "a new loader goes on: {last:?}");
    assert_eq!(enforced(&node, &bundles), 1);
    let status = node.inside(|| status::status(&node.pins, &node.store()));
    assert_eq!(status.expect("it is loaded").drift, Vec::<String>::new());
    assert!(
        seen[0] > 0 && seen[1] > 0,
        "every kill came too early or too late: {seen:?}"
    );
}

#[test]
fn what_a_loader_leaves_that_dies_before_the_flip_is_not_in_the_way() {
    let Some(node) = Node::new("leftovers") else {
        return;
    };
    let bundles = [bundle("a", &allow(0, 8080)), bundle("b", &allow(1, 8080))];
    node.apply(&bundles[0]).expect("the bundle is sound");
    // It died while it filled the slot.
    let datapath = node.datapath();
    fill::fill(&datapath, slot(2), &SlotTables::default()).expect("the slot is not live");
    assert_eq!(enforced(&node, &bundles), 0);
    // It died between the record and the flip.
    let store = node.store();
    let mut state = store.read().expect("it can be read");
    let mut record = state.record(1).expect("it is live").clone();
    record.generation = 2;
    record.bundle = Digest::of(&[b"never live"]);
    state.expect(record);
    let lock = store.lock().expect("nobody has it");
    store.write(&lock, &state).expect("it can be written");
    drop(lock);
    assert_eq!(enforced(&node, &bundles), 0);
    let next = node.apply(&bundles[1]).expect("the bundle is sound");
    assert_eq!((next.generation, enforced(&node, &bundles)), (2, 1));
}

fn random_part(random: &mut fastrand::Rng, whole: Duration) -> Duration {
    whole.mul_f64(random.f64() * 1.2)
}

/// Which bundle is enforced, by what the kernel has, what the state says of it, and every entry of
/// every table.
fn enforced(node: &Node, bundles: &[Vec<u8>; 2]) -> usize {
    let datapath = node.datapath();
    let status = node.inside(|| status::status(&node.pins, &node.store()));
    let status = status.expect("it is loaded");
    let running = status.running.expect("a bundle runs");
    let digest: Digest = running
        .bundle
        .expect("the state knows the live generation")
        .digest
        .parse()
        .expect("it is a digest");
    assert!(
        status.endpoints.iter().all(|endpoint| endpoint.attached),
        "{:?}",
        status.endpoints
    );
    let which = bundles.iter().position(|bytes| {
        let bundle = BundleFile::parse(bytes.clone()).expect("it is sound");
        bundle.view().digest() == digest
    });
    let which = which.expect("it is one of the two");
    let bundle = BundleFile::parse(bundles[which].clone()).expect("it is sound");
    let file = EndpointsFile::read(&node.endpoints()).expect("it is sound");
    let placed =
        node.inside(|| place::place(&bundle.view(), &file, |name| attach::index_of(name).ok()));
    let tables = tables::tables(&bundle.view(), &placed.expect("they are there"), None);
    fill::read_back(&datapath, slot(running.generation), &tables)
        .expect("the live slot is the bundle, whole");
    which
}
