//! The registry of lints: one `mod` line and one line of [`LINTS`] each.
//!
//! A lint sees the policy model and its decisions, never map entries and never files.

mod engine;

mod egress_without_dns;
mod shadowed_by_deny;
mod unisolated_workloads;
mod unmatched_peers;
mod unmatched_port_names;
mod unmatched_subjects;
mod world_open_ingress;

pub use engine::{Group, Input, Level, Levels, Lint, UnknownLint, run};

/// Every lint, by number.
pub const LINTS: &[Lint] = &[
    unmatched_subjects::LINT,
    unmatched_peers::LINT,
    egress_without_dns::LINT,
    unmatched_port_names::LINT,
    world_open_ingress::LINT,
    unisolated_workloads::LINT,
    shadowed_by_deny::LINT,
];

/// The lint with this name.
pub fn lint(name: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.name == name)
}

#[cfg(test)]
mod tests {
    use super::LINTS;

    #[test]
    fn numbers_ascend_and_their_hundreds_are_the_groups() {
        assert!(LINTS.is_sorted_by(|a, b| a.code < b.code));
        for lint in LINTS {
            assert_eq!(lint.code / 100, lint.group.hundred(), "{}", lint.name);
        }
    }

    #[test]
    fn every_page_begins_with_its_name_and_says_in_a_paragraph_what_it_is_about() {
        for lint in LINTS {
            let heading = format!("# {}\n\n", lint.name);
            assert!(lint.doc.starts_with(&heading), "{}", lint.name);
            assert!(!lint.summary().is_empty(), "{}", lint.name);
        }
    }
}
