//! What is remembered: written in one step, reconciled with the kernel, never more than needed.

use std::fs;

use ztc_bundle::Digest;
use ztc_loader::store::{Asked, Record, State, Store, StoreError};

/// A directory that is removed again.
struct Directory(std::path::PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let name = format!("ztc-state-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn digest(name: &str) -> Digest {
    Digest::of(&[name.as_bytes()])
}

fn record(generation: u64, bundle: &str) -> Record {
    Record {
        generation,
        bundle: digest(bundle),
        placement: digest("placement"),
    }
}

/// The state after these bundles were made live one after the other.
fn state(bundles: &[&str]) -> State {
    let mut state = State::default();
    state.reconcile("datapath", 0);
    for (generation, bundle) in (1..).zip(bundles) {
        state.expect(record(generation, bundle));
    }
    state
}

#[test]
fn what_is_written_is_what_is_read_and_nothing_is_an_empty_state() {
    let directory = Directory::new("round-trip");
    let store = Store::new(&directory.0);
    assert_eq!(
        store.read().expect("nothing is not an error"),
        State::default()
    );
    let lock = store.lock().expect("nobody has it");
    let mut state = state(&["a", "b"]);
    state.asked = Some(Asked {
        bundle: digest("c"),
        refused: Some("because".into()),
    });
    store.write(&lock, &state).expect("it can be written");
    assert_eq!(store.read().expect("it can be read"), state);
}

#[test]
fn a_crash_while_writing_leaves_the_old_state() {
    let directory = Directory::new("torn");
    let store = Store::new(&directory.0);
    let lock = store.lock().expect("nobody has it");
    let before = state(&["a"]);
    store.write(&lock, &before).expect("it can be written");
    // What a loader leaves that dies before the rename.
    fs::write(directory.0.join("state.new"), b"{\"schema\":").expect("it can be written");
    assert_eq!(store.read().expect("it can be read"), before);
    let after = state(&["a", "b"]);
    store
        .write(&lock, &after)
        .expect("leftovers are not in the way");
    assert_eq!(store.read().expect("it can be read"), after);
}

#[test]
fn a_file_that_is_no_state_is_an_error_and_not_an_empty_state() {
    let directory = Directory::new("damaged");
    let store = Store::new(&directory.0);
    let _lock = store.lock().expect("nobody has it");
    for damaged in ["", "{}", "{\"schema\":\"ztc.dev/state/v2\"}", "null"] {
        fs::write(directory.0.join("state.json"), damaged).expect("it can be written");
        assert!(
            matches!(store.read(), Err(StoreError::Unreadable { .. })),
            "{damaged}"
        );
    }
}

#[test]
fn one_loader_at_a_time() {
    let directory = Directory::new("lock");
    let store = Store::new(&directory.0);
    let first = store.lock().expect("nobody has it");
    let second = store.lock().expect_err("the first has it").to_string();
    assert!(
        second.contains(&format!("process {}", std::process::id())),
        "{second}"
    );
    drop(first);
    store.lock().expect("nobody has it any more");
}

#[test]
fn a_generation_that_never_became_live_is_forgotten() {
    let mut crashed = state(&["a", "b"]);
    crashed.reconcile("datapath", 1);
    assert_eq!(crashed.record(2), None);
    assert_eq!(
        crashed.record(1).map(|record| record.bundle),
        Some(digest("a"))
    );
    crashed.expect(record(2, "c"));
    assert_eq!(
        crashed.record(2).map(|record| record.bundle),
        Some(digest("c"))
    );
}

#[test]
fn numbers_of_another_datapath_mean_nothing() {
    let mut old = state(&["a", "b"]);
    old.reconcile("another datapath", 2);
    assert_eq!(old.generations, []);
}

#[test]
fn rollback_goes_to_the_last_other_bundle_and_back() {
    assert_eq!(state(&["a"]).previous(1), None);
    assert_eq!(state(&["a", "a"]).previous(2), None);
    assert_eq!(state(&["a", "b"]).previous(2), Some(digest("a")));
    assert_eq!(state(&["a", "b", "a"]).previous(3), Some(digest("b")));
    let often: Vec<_> = std::iter::once("a").chain([("b"); 50]).collect();
    assert_eq!(state(&often).previous(51), Some(digest("a")));
    assert!(state(&often).generations.len() <= 9);
}

#[test]
fn copies_that_no_record_needs_are_deleted() {
    let directory = Directory::new("collect");
    let store = Store::new(&directory.0);
    let lock = store.lock().expect("nobody has it");
    for bundle in ["a", "b"] {
        store
            .keep_bundle(&lock, &digest(bundle), bundle.as_bytes())
            .expect("it can be written");
    }
    store
        .collect(&lock, &state(&["b"]))
        .expect("it can be deleted");
    assert!(
        store
            .bundle(&digest("a"))
            .is_err_and(|error| error.is_not_found())
    );
    assert_eq!(store.bundle(&digest("b")).expect("it is needed"), b"b");
}
