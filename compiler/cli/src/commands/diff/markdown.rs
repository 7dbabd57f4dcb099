//! A difference as Markdown for a comment on a pull request.
//!
//! Must not know the other forms.

use std::fmt::Write;

use ztc_reach::diff::{Change, ChangeKind};

use super::{Answer, Counts, names::shortened, text, words};

/// GitHub takes comments of 65,536 characters; somebody may want to put a line around this.
const LIMIT: usize = 64_000;
/// How many ends of a group are named.
const SHOWN: usize = 5;
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
    let _ = writeln!(page, "### {headline}\n");
    let counts = Counts::of(&answer.diff.changes);
    if counts.added + counts.changed + counts.removed > 0 {
        let _ = writeln!(page, "{}, from {old} to {new}.", text::summary(answer));
    } else {
        let _ = writeln!(page, "{old} and {new} permit the same connections.");
    }
    let notes = notes(answer);
    let mut left = LIMIT.saturating_sub(page.chars().count() + notes.chars().count());
    for (kind, title) in [
        (ChangeKind::Added, "Newly allowed"),
        (ChangeKind::Changed, "Changed"),
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
        shortened(&names, SHOWN)
    };
    let ports = match change.kind() {
        ChangeKind::Added => words::ports(&change.after),
        ChangeKind::Removed => words::ports(&change.before),
        ChangeKind::Changed => {
            let (after, before) = (words::ports(&change.after), words::ports(&change.before));
            format!("{after} (was {before})")
        }
    };
    let mut causes: Vec<String> = change
        .causes
        .iter()
        .take(MOST_CAUSES)
        .map(|cause| {
            let (sentence, says) = words::sentence(answer, change, *cause, SHOWN);
            match says {
                Some(says) => format!("{}: {}", escaped(&sentence), code(says)),
                None => escaped(&sentence),
            }
        })
        .collect();
    if let Some(more @ 1..) = change.causes.len().checked_sub(MOST_CAUSES) {
        causes.push(format!("{more} more"));
    }
    let (from, to) = (ends(&change.from), ends(&change.to));
    format!(
        "| {from} | {to} | {} | {} |\n",
        escaped(&ports),
        causes.join("<br>")
    )
}

fn notes(answer: &Answer<'_>) -> String {
    if answer.notes.is_empty() {
        return String::new();
    }
    let mut notes = String::from("\n<details><summary>Notes</summary>\n\n");
    for note in answer.notes.iter().take(SHOWN * 4) {
        let _ = writeln!(notes, "- {}", escaped(note));
    }
    if let Some(more @ 1..) = answer.notes.len().checked_sub(SHOWN * 4) {
        let _ = writeln!(notes, "- and {more} more");
    }
    notes.push_str("\n</details>\n");
    notes
}

/// A name that Markdown shows as it is, in a table too.
fn code(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !"`|\\<>&".contains(c) || c == ' ';
    if !text.is_empty() && text.chars().all(is_plain) {
        return format!("`{text}`");
    }
    format!("<code>{}</code>", escaped(text))
}

/// Text that means nothing to Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
