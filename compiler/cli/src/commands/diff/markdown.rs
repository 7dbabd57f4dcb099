//! A difference as Markdown for a comment on a pull request.
//!
//! Must not know the other forms.

use std::fmt::Write;

use ztc_reach::diff::{Change, ChangeKind};

use super::{
    Answer, text,
    words::{self, Sentence},
};
use crate::{
    markdown::{code, escaped},
    output::{counted, cut, few},
};

/// GitHub takes comments of 65,536 characters; somebody may want to put a line around this.
const LIMIT: usize = 64_000;
/// How many ends of a group are named.
const SHOWN: usize = 5;
/// How much of a note is shown, in characters: all notes fit in half a comment.
const LONGEST_NOTE: usize = 800;
/// How many causes of one group are shown.
const MOST_CAUSES: usize = 6;

/// The whole comment.
pub(super) fn page(answer: &Answer<'_>) -> String {
    let mut page = String::new();
    let headline = if answer.diff.opens() {
        "Network policy: this change opens something"
    } else if answer.diff.changes.is_empty() {
        "Network policy: no difference"
    } else {
        "Network policy: this change opens nothing"
    };
    let [old, new] = answer.operands.map(code);
    let without = match n_left_out(answer) {
        0 => String::new(),
        n => format!(", without {} with errors", counted(n, "object", "objects")),
    };
    let _ = writeln!(page, "### {headline}{without}\n");
    if answer.diff.opens() || !answer.diff.changes.is_empty() {
        let _ = writeln!(page, "{}, from {old} to {new}.", text::summary(answer));
    } else {
        let _ = writeln!(page, "{old} and {new} permit the same connections.");
    }
    let notes = notes(answer);
    let mut left = LIMIT.saturating_sub(page.chars().count() + notes.chars().count());
    let without = without_policies(answer);
    left = left.saturating_sub(without.chars().count());
    page.push_str(&without);
    for (kind, title) in [
        (ChangeKind::Added, "Newly allowed"),
        (ChangeKind::Changed, "Changed, with something newly allowed"),
        (ChangeKind::Narrowed, "Narrowed"),
        (ChangeKind::Removed, "No longer allowed"),
    ] {
        let all = answer.diff.changes.iter();
        let changes: Vec<&Change> = all.filter(|change| change.kind() == kind).collect();
        table(&mut page, answer, title, &changes, &mut left);
    }
    page.push_str(&notes);
    page
}

/// A table of changes, as far as there is room, and how many rows are left out.
fn table(
    page: &mut String,
    answer: &Answer<'_>,
    title: &str,
    changes: &[&Change],
    left: &mut usize,
) {
    if changes.is_empty() {
        return;
    }
    let head = format!("\n#### {title}\n\n| from | to | ports | because |\n|---|---|---|---|\n");
    // Room for the line about what is left out.
    let room = left.saturating_sub(head.len() + 100);
    let mut rows = String::new();
    let mut n_rows = 0;
    let mut n_used = 0;
    for change in changes {
        let row = row(answer, change);
        n_used += row.chars().count();
        if n_used > room {
            break;
        }
        rows.push_str(&row);
        n_rows += 1;
    }
    let before = page.chars().count();
    if n_rows > 0 {
        page.push_str(&head);
        page.push_str(&rows);
    } else {
        let _ = writeln!(page, "\n#### {title}");
    }
    match changes.len() - n_rows {
        0 => {}
        1 => page.push_str("\n1 more row is left out, as a comment can be only so long.\n"),
        n => {
            let _ = writeln!(
                page,
                "\n{n} more rows are left out, as a comment can be only so long."
            );
        }
    }
    *left = left.saturating_sub(page.chars().count() - before);
}

fn row(answer: &Answer<'_>, change: &Change) -> String {
    let ends = |ids| {
        let names: Vec<String> = answer.names.of(ids).iter().map(|name| code(name)).collect();
        few(&names, SHOWN)
    };
    let causes = words::sentences(answer, change, SHOWN, MOST_CAUSES);
    let causes: Vec<String> = causes.iter().map(cause).collect();
    let (from, to) = (ends(&change.from), ends(&change.to));
    format!(
        "| {from} | {to} | {} | {} |\n",
        escaped(&words::ports(change)),
        causes.join("<br>")
    )
}

fn cause(sentence: &Sentence<'_>) -> String {
    let mut text = escaped(&sentence.text);
    if let Some(says) = sentence.says {
        let _ = write!(text, ": {}", code(says));
    }
    if !sentence.differences.is_empty() {
        let differences = sentence.differences.join("; ");
        let _ = write!(text, "<br>different: {}", escaped(&differences));
    }
    text
}

/// Workloads that no policy applies to any more.
fn without_policies(answer: &Answer<'_>) -> String {
    let mut text = String::new();
    for left in words::left_to_nodes(answer) {
        if text.is_empty() {
            text.push_str("\n#### Newly without policies\n\n");
        }
        let names: Vec<String> = left.names.iter().map(|name| code(name)).collect();
        let _ = writeln!(text, "- {}: {}", few(&names, SHOWN * 4), left.why);
    }
    text
}

fn n_left_out(answer: &Answer<'_>) -> usize {
    answer.left_out().iter().map(|objects| objects.len()).sum()
}

fn notes(answer: &Answer<'_>) -> String {
    if answer.notes.is_empty() {
        return String::new();
    }
    // What a difference lacks is not for folding away.
    let lacks = n_left_out(answer) > 0 || !answer.diff.without_effect.is_empty();
    let open = if lacks { " open" } else { "" };
    let mut notes = format!("\n<details{open}><summary>Notes</summary>\n\n");
    for note in answer.notes.iter().take(SHOWN * 4) {
        let _ = writeln!(notes, "- {}", escaped(&cut(note, LONGEST_NOTE)));
    }
    if let Some(more @ 1..) = answer.notes.len().checked_sub(SHOWN * 4) {
        let _ = writeln!(notes, "- and {more} more");
    }
    notes.push_str("\n</details>\n");
    notes
}
