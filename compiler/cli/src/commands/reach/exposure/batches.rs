//! All namespaces, as many at a time as can be compiled for at once.
//!
//! Must not know how a new pod is chosen or compared.

use std::ops::Range;

use rayon::prelude::*;
use ztc_policy::Analysis;
use ztc_reach::Reach;

use super::{
    compare::{self, Exposed},
    labels::{self, Asked, MAX_KINDS, NewPods},
    port_names::PortNames,
};
use crate::{exit::Failure, output, pipeline::Again};

/// How many new pods are compiled for at once. Each is a class of its own: more take more memory,
/// and fewer more time, since everybody else is compiled for again.
const BATCH: usize = 15_000;

/// How many new pods are tried in all. Where policies tell more apart, the namespaces with the
/// most of them get fewer.
const MAX_PODS: usize = 120_000;

/// What new pods have in each of these namespaces.
pub(super) fn exposed(
    analysis: &Analysis,
    reach: &Reach<'_>,
    mut again: Again,
    namespaces: &[&str],
) -> Result<Vec<Exposed>, Failure> {
    let asked = Asked::new(analysis);
    let names = PortNames::new(analysis);
    let new_pods = |name: &&str, most| labels::new_pods(analysis, (&asked, &names), name, most);
    let whole = namespaces.par_iter().map(|name| {
        let pods = new_pods(name, [MAX_KINDS, MAX_KINDS]);
        (pods.pods.len(), pods.n_lists())
    });
    let (kinds, lists): (Vec<usize>, Vec<usize>) = whole.collect::<Vec<_>>().into_iter().unzip();
    // Labels first: names of ports take what is left.
    let most_kinds = fair(&kinds, MAX_PODS);
    let n_kinds: usize = kinds.iter().map(|n| most_kinds.min(*n)).sum();
    let most_lists = fair(&lists, MAX_PODS.saturating_sub(n_kinds));
    let sizes = kinds.iter().zip(&lists);
    let sizes = sizes.map(|(kinds, lists)| most_kinds.min(*kinds) + most_lists.min(*lists));
    let sizes: Vec<usize> = sizes.collect();
    let most = [most_kinds, most_lists];
    let batches = batches(&sizes, BATCH);
    let mut found = Vec::with_capacity(namespaces.len());
    for batch in &batches {
        if batches.len() > 1 {
            let (n, all) = (batch.start, namespaces.len());
            output::progress(&format!("new pods: {n} of {all} namespaces"));
        }
        let batch = namespaces.get(batch.clone()).unwrap_or_default();
        let pods = batch.par_iter().map(|name| new_pods(name, most));
        let of_batch = compiled(reach, &mut again, pods.collect());
        output::progress("");
        found.extend(of_batch?);
    }
    Ok(found)
}

fn compiled(
    reach: &Reach<'_>,
    again: &mut Again,
    pods: Vec<NewPods>,
) -> Result<Vec<Exposed>, Failure> {
    let made_up = pods.iter().flat_map(NewPods::made_up);
    let bundle = again.compile_with("--exposure", made_up);
    let bundle = bundle.map_err(|error| miette::miette!("{error}"))?;
    let Some(bundle) = bundle else {
        let error = miette::miette!("the policies cannot be compiled for so many kinds of pods");
        return Err(Failure::Report(error));
    };
    let bundle = bundle.view();
    let with_pods = Reach::new(&bundle);
    Ok(compare::exposed(reach, &with_pods, pods))
}

/// How many of each size there can be for all together to be as many as the limit at most, and
/// one at least.
fn fair(sizes: &[usize], limit: usize) -> usize {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let mut left = limit;
    for (place, size) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - place);
        if *size > share {
            return share.max(1);
        }
        left -= size;
    }
    MAX_KINDS
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
    fn where_there_are_too_many_the_largest_get_fewer() {
        assert_eq!(fair(&[2, 3, 4], 9), MAX_KINDS);
        assert_eq!(fair(&[100, 2, 90], 62), 30);
        assert_eq!(fair(&[5, 5, 5], 2), 1);
        assert_eq!(fair(&[], 2), MAX_KINDS);
    }

    #[test]
    fn batches_hold_every_namespace_once_and_no_more_than_fit() {
        assert_eq!(batches(&[4, 4, 4, 9, 1, 1], 8), [0..2, 2..3, 3..4, 4..6]);
        assert_eq!(batches(&[2, 2, 2, 2, 1, 1], 8), [0..4, 4..6]);
        assert_eq!(batches(&[], 8), []);
    }
}
