//! All namespaces, as many at a time as can be compiled for at once.
//!
//! Must not know how a new pod is chosen or compared.

use std::ops::Range;

use rayon::prelude::*;
use ztc_policy::Analysis;
use ztc_reach::Reach;

use super::{
    compare::{self, Exposed, Limits},
    labels::{Kinds, MAX_KINDS, NewPods, PodSelectors},
    port_names::PortNames,
    room,
};
use crate::{exit::Failure, output, pipeline::Again};

/// How many new pods are compiled for at once. Each is a class of its own: more take more memory,
/// and fewer more time, since everybody else is compiled for again.
const BATCH: usize = 15_000;

/// How many new pods are tried in all. Where policies tell more apart, the namespaces with the
/// most of them get fewer.
const MAX_PODS: usize = 120_000;

/// Two million lines would be a gigabyte of JSON or two, and nobody reads these.
const LIMITS: Limits = Limits {
    kept: 4_000_000,
    lines: 200_000,
};

/// What new pods have in each of these namespaces.
pub(super) fn exposed(
    analysis: &Analysis,
    reach: &Reach<'_>,
    mut again: Again,
    namespaces: &[&str],
) -> Result<Vec<Exposed>, Failure> {
    let selectors = PodSelectors::new(analysis);
    let names = PortNames::new(analysis);
    let kinds = Kinds::new(analysis, &selectors, namespaces, MAX_PODS);
    let sizes = namespaces.par_iter().map(|name| {
        let pods = kinds.new_pods(&names, name, MAX_KINDS);
        (pods.pods.len(), pods.n_lists())
    });
    let (n_kinds, n_lists): (Vec<usize>, Vec<usize>) = sizes.unzip();
    // Labels first: names of ports take what is left.
    let room = MAX_PODS.saturating_sub(n_kinds.iter().sum());
    let most_lists = room::fair(&n_lists, room).clamp(1, MAX_KINDS);
    let sizes = n_kinds.iter().zip(&n_lists);
    let sizes: Vec<usize> = sizes
        .map(|(kinds, lists)| kinds + most_lists.min(*lists))
        .collect();
    let batches = batches(&sizes, BATCH);
    let mut found = Vec::with_capacity(namespaces.len());
    for batch in &batches {
        if batches.len() > 1 {
            let (n, all) = (batch.start, namespaces.len());
            output::progress(&format!("new pods: {n} of {all} namespaces"));
        }
        let batch = namespaces.get(batch.clone()).unwrap_or_default();
        let pods = batch.par_iter();
        let pods = pods.map(|name| kinds.new_pods(&names, name, most_lists));
        let compared = compare(reach, &mut again, pods.collect(), &mut found);
        output::progress("");
        compared?;
    }
    Ok(found)
}

/// Compiles for new pods and adds what they have.
fn compare(
    reach: &Reach<'_>,
    again: &mut Again,
    pods: Vec<NewPods>,
    found: &mut Vec<Exposed>,
) -> Result<(), Failure> {
    let made_up = pods.iter().flat_map(NewPods::made_up);
    let bundle = again.compile_with("--exposure", made_up);
    let bundle = bundle.map_err(|error| miette::miette!("{error}"))?;
    let Some(bundle) = bundle else {
        let error = miette::miette!("the policies cannot be compiled for so many kinds of pods");
        return Err(Failure::Report(error));
    };
    let bundle = bundle.view();
    let with_pods = Reach::new(&bundle);
    compare::add_exposed(found, reach, &with_pods, pods, LIMITS)
}

/// Places of neighbours that are so many together at most, unless one alone is more.
fn batches(sizes: &[usize], limit: usize) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut n = 0;
    for (place, size) in sizes.iter().enumerate() {
        let size = *size;
        match batches.last_mut() {
            Some(last) if n + size <= limit => {
                last.end = place + 1;
                n += size;
            }
            _ => {
                batches.push(place..place + 1);
                n = size;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_every_namespace_once_and_no_more_than_fit() {
        assert_eq!(batches(&[4, 4, 4, 9, 1, 1], 8), [0..2, 2..3, 3..4, 4..6]);
        assert_eq!(batches(&[2, 2, 2, 2, 1, 1], 8), [0..4, 4..6]);
        assert_eq!(batches(&[], 8), []);
    }
}
