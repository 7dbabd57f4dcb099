//! Connections as comma-separated values (RFC 4180, with line feeds): a line for each pair, range
//! of ports and reason.
//!
//! Nothing here begins with a sign that a spreadsheet takes for a formula: names of Kubernetes
//! begin with a letter or a digit, and so do addresses, but for those that begin with a colon.
//! Must not know how connections are folded.

use std::io::Write;

use ztc_reach::{Connection, Reason};

use super::{Asked, pairs};
use crate::{exit::Failure, output::Out};

const HEADER: &str = "from,to,protocol,first_port,last_port,egress_rule,ingress_rule\n";

/// Writes every connection on its own.
pub(super) fn pairs(out: &mut Out, asked: &Asked<'_>) -> Result<(), Failure> {
    out.write_all(HEADER.as_bytes())?;
    pairs::write(out, asked, ["", ""], |text, one| {
        let mut writer = csv::Writer::from_writer(text);
        for record in records(asked, one) {
            // Memory takes everything.
            let _ = writer.write_record(&record);
        }
    })?;
    Ok(())
}

fn records(asked: &Asked<'_>, one: &Connection<'_>) -> Vec<[String; 7]> {
    let reason = |reason: Reason| match reason {
        Reason::NoSubject => String::new(),
        reason => asked.words.reason(reason).to_owned(),
    };
    let ranges = one.ports.ranges().iter();
    let record = ranges.map(|range| {
        [
            asked.words.name(one.from).to_owned(),
            asked.words.name(one.to).to_owned(),
            range.protocol().name().to_owned(),
            range.first.to_string(),
            range.last.to_string(),
            reason(one.reasons.egress),
            reason(one.reasons.ingress),
        ]
    });
    record.collect()
}
