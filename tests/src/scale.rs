//! The generated repository is one: same files from the same seed, as many objects as asked for.

use crate::generate::scale::{Size, repository};
use crate::yaml;

const SMALL: Size = Size {
    n_policies: 300,
    n_namespaces: 20,
    n_pods: 400,
};

#[test]
fn a_generated_repository_has_as_many_objects_as_asked_for() {
    let mut count = std::collections::BTreeMap::new();
    for file in repository(SMALL, 7) {
        for object in yaml::read(&file.text) {
            *count.entry(object["kind"].to_string()).or_insert(0) += 1;
        }
    }
    let n_policies: usize = count
        .iter()
        .filter(|(kind, _)| kind.contains("Policy"))
        .map(|(_, n)| n)
        .sum();
    assert_eq!(n_policies, SMALL.n_policies);
    assert_eq!(count.get("\"Namespace\""), Some(&SMALL.n_namespaces));
    assert_eq!(count.get("\"Pod\""), Some(&SMALL.n_pods));
    assert_eq!(
        count.len(),
        6,
        "all three kinds of policy, pods, nodes and namespaces: {count:?}"
    );
}

#[test]
fn a_seed_gives_the_same_repository_again() {
    let texts = |seed| {
        repository(SMALL, seed)
            .into_iter()
            .map(|file| file.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(7), texts(7));
    assert_ne!(texts(7), texts(8));
}
