//! Makes a failing scenario small: takes away whatever it fails without.

use serde_json::Value;

use crate::generate::Scenario;

/// The scenario without what it does not need to fail.
pub(super) fn shrink(scenario: &Scenario, fails: impl Fn(&Scenario) -> bool) -> Scenario {
    let mut small = scenario.clone();
    // One connection is enough; which one decides what else is needed.
    let alone = small.connections.iter().find_map(|connection| {
        let alone = Scenario {
            connections: vec![connection.clone()],
            ..small.clone()
        };
        fails(&alone).then_some(alone)
    });
    if let Some(alone) = alone {
        small = alone;
    }
    loop {
        let before = (small.policies.clone(), small.workloads.clone());
        remove_items(&mut small, |scenario| &mut scenario.policies, &fails);
        remove_items(&mut small, |scenario| &mut scenario.workloads, &fails);
        for index in 0..small.policies.len() {
            remove_parts(&mut small, index, &fails);
        }
        if before == (small.policies.clone(), small.workloads.clone()) {
            return small;
        }
    }
}

fn remove_items(
    small: &mut Scenario,
    list: impl Fn(&mut Scenario) -> &mut Vec<Value>,
    fails: &impl Fn(&Scenario) -> bool,
) {
    for index in (0..list(small).len()).rev() {
        let mut without = small.clone();
        list(&mut without).remove(index);
        // A connection needs its pods, and a generated policy is valid as a whole.
        if has_ends(&without) && fails(&without) {
            *small = without;
        }
    }
}

/// Whether the pods of every connection are still there.
fn has_ends(scenario: &Scenario) -> bool {
    use crate::interpreter::{Cluster, End};
    let cluster = Cluster::new(&scenario.workloads);
    let is_there = |end: &End| match end {
        End::Pod(name) => cluster.pods.iter().any(|pod| pod.name == *name),
        _ => true,
    };
    let mut connections = scenario.connections.iter();
    connections.all(|connection| is_there(&connection.from) && is_there(&connection.to))
}

/// Takes items out of a policy's lists, the outermost first.
fn remove_parts(small: &mut Scenario, index: usize, fails: &impl Fn(&Scenario) -> bool) {
    let Some(policy) = small.policies.get(index) else {
        return;
    };
    for (list, position) in items(policy) {
        let mut without = small.clone();
        let found = without
            .policies
            .get_mut(index)
            .and_then(|policy| policy.pointer_mut(&list));
        let Some(Value::Array(items)) = found else {
            continue;
        };
        // An emptied list means something else.
        if position >= items.len() || items.len() == 1 {
            continue;
        }
        items.remove(position);
        if fails(&without) {
            *small = without;
        }
    }
}

/// Every item of every list, as the list's JSON pointer and a position, last positions first.
fn items(policy: &Value) -> Vec<(String, usize)> {
    fn visit(value: &Value, path: &str, found: &mut Vec<(String, usize)>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    visit(value, &format!("{path}/{name}"), found);
                }
            }
            Value::Array(items) => {
                found.extend(
                    (0..items.len())
                        .rev()
                        .map(|index| (path.to_string(), index)),
                );
                for (index, item) in items.iter().enumerate() {
                    visit(item, &format!("{path}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    visit(policy, "", &mut found);
    found
}
