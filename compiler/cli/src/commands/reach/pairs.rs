//! Every connection on its own, in order, without ever holding all of them.
//!
//! Must not know the form in which one is written.

use std::io::{self, Write};

use rayon::prelude::*;
use ztc_reach::{Connection, PartyId};

use super::Asked;
use crate::output::Out;

/// How many sources are written out at once before they go to the output in order.
const BATCH: usize = 64;

/// Writes every connection with a function that may run on several threads; what stands before
/// the first only where there is one. Says whether there is.
pub(super) fn write(
    out: &mut Out,
    asked: &Asked<'_>,
    [before, separator]: [&str; 2],
    one: impl Fn(&mut Vec<u8>, &Connection<'_>) + Sync,
) -> io::Result<bool> {
    let separator = separator.as_bytes();
    let sources: Vec<PartyId> = asked.reach.numbered().map(|(id, _)| id).collect();
    let mut is_first = true;
    for scope in &asked.scopes {
        for batch in sources.chunks(BATCH) {
            let written = batch.par_iter().map(|source| {
                let mut text = Vec::new();
                asked.reach.each_from(scope, *source, |connection| {
                    if !text.is_empty() {
                        text.extend_from_slice(separator);
                    }
                    one(&mut text, connection);
                });
                text
            });
            for text in written.collect::<Vec<_>>() {
                if text.is_empty() {
                    continue;
                }
                out.write_all(if is_first {
                    before.as_bytes()
                } else {
                    separator
                })?;
                is_first = false;
                out.write_all(&text)?;
            }
        }
    }
    Ok(!is_first)
}
