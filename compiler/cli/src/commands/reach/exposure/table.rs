//! What new pods could reach, as a table for people and for a pull request.
//!
//! Must not know how it was found.

use std::io::{self, Write};

use ztc_diag::render::Colour;
use ztc_reach::Reason;

use super::{Answer, compare::Connections, named};
use crate::{
    commands::reach::words::CellWords,
    markdown::escaped,
    output::Out,
    table::{self, few},
};

/// Which new pod, the way, the others, ports, what lets egress and ingress through, and a mark.
const COLUMNS: [&str; 7] = ["", "NEW POD", "", "WHO", "PORTS", "EGRESS BY", "INGRESS BY"];

type Row = [String; 7];

/// How many names a cell holds.
const SHOWN: usize = 4;

const LEGEND: &str = "! a rule about workloads of another namespace lets it through: whoever may \
                      create pods in this namespace has what it gives";

/// Writes aligned columns.
pub(super) fn show(out: &mut Out, answer: &Answer<'_>, colour: Colour) -> io::Result<()> {
    let cells = CellWords::new(answer.reach);
    let (rows, is_short) = rows(answer, &cells);
    table::write(out, COLUMNS, &rows, colour)?;
    for line in lines_after(answer, &rows, is_short) {
        writeln!(out, "\n{line}")?;
    }
    Ok(())
}

/// Writes a Markdown table.
pub(super) fn markdown(out: &mut Out, answer: &Answer<'_>) -> io::Result<()> {
    let cells = CellWords::new(answer.reach);
    let (rows, is_short) = rows(answer, &cells);
    writeln!(
        out,
        "| | New pod | | Who | Ports | Egress by | Ingress by |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for row in &rows {
        let row = row.each_ref().map(|cell| escaped(cell));
        writeln!(out, "| {} |", row.join(" | "))?;
    }
    for line in lines_after(answer, &rows, is_short) {
        writeln!(out, "\n{}.", escaped(&line))?;
    }
    Ok(())
}

fn lines_after(answer: &Answer<'_>, rows: &[Row], is_short: bool) -> Vec<String> {
    let has_mark = rows.iter().any(|[mark, ..]| !mark.is_empty());
    let mut lines: Vec<String> = has_mark.then(|| LEGEND.into()).into_iter().collect();
    if is_short {
        lines.push("everybody of a line: --format json".into());
    }
    lines.extend(answer.notes.iter().map(|note| format!("note: {note}")));
    lines
}

fn rows(answer: &Answer<'_>, cells: &CellWords<'_>) -> (Vec<Row>, bool) {
    let mut rows = Vec::new();
    let mut is_short = false;
    for exposed in &answer.namespaces {
        for (place, pod) in exposed.pods.iter().enumerate() {
            let mut first = Some(pod.text.clone());
            let also = if place > 0 { "also " } else { "" };
            let ways = [("reaches", &pod.reaches), ("reached by", &pod.reached_by)];
            for (way, connections) in ways {
                let way = format!("{also}{way}");
                for one in connections {
                    let who = who(answer, one, &mut is_short);
                    let reason = |reason: Reason| cells.reason(reason).to_owned();
                    rows.push([
                        if one.crosses {
                            "!".into()
                        } else {
                            String::new()
                        },
                        first.take().unwrap_or_default(),
                        way.clone(),
                        who,
                        ports(one),
                        reason(one.reasons.egress),
                        reason(one.reasons.ingress),
                    ]);
                }
            }
            if let Some(name) = first {
                let nothing = String::from("reaches nobody, reached by nobody");
                let empty = String::new;
                rows.push([empty(), name, nothing, empty(), empty(), empty(), empty()]);
            }
        }
    }
    (rows, is_short)
}

/// Ports in words, or what has to have a name.
pub(super) fn ports(one: &Connections) -> String {
    if one.named.is_empty() {
        return one.ports.to_string();
    }
    named::text(&one.named)
}

fn who(answer: &Answer<'_>, one: &Connections, is_short: &mut bool) -> String {
    let names = answer.names(one);
    let (text, has_more) = few(&names, SHOWN);
    *is_short |= has_more;
    text
}
