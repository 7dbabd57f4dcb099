//! A page that folds: the picture's data and a script that draws them.
//!
//! Must not know how the script does it. The page holds everything it needs, loads nothing, and
//! shows the static drawing where scripts do not run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::choice::{Choice, linked_groups};
use crate::escape;
use crate::fold::{Details, End, Link, everyone, fold};
use crate::layout::{EVERYONE, Layout};
use crate::matrix;
use crate::svg::{STYLE, svg};
use crate::text::{line, shown};
use crate::{Group, GroupKind, Picture};

/// The page with places for what it is about.
const PAGE: &str = include_str!("page/page.html");

/// What is said below the drawing until something is chosen.
const HELP: &str = "→ may open connections to · ↔ each to the other · \
<b class=\"every\">orange</b>: on every port · ports beside a name: on which it is reached · \
click a header to fold or unfold it, a row to see its connections and their rules";

/// The picture as a page.
pub(crate) fn html(picture: &Picture) -> String {
    let script = [
        include_str!("page/place.js"),
        include_str!("page/draw.js"),
        include_str!("page/page.js"),
    ];
    let parts = BTreeMap::from([
        ("title", escape::xml(&line(&picture.title))),
        ("picture.css", STYLE.to_string()),
        ("page.css", include_str!("page/page.css").to_string()),
        ("help", HELP.to_string()),
        ("matrix", matrix::svg(picture).unwrap_or_default()),
        ("svg", svg(picture)),
        ("data", escape::script(&data(picture).to_string())),
        ("script", script.concat()),
    ]);
    filled(PAGE, &parts)
}

/// A template with its `{parts}`; what is put in is not searched for more.
fn filled(template: &str, parts: &BTreeMap<&str, String>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if parts.contains_key(name) => {
                out.push_str(parts.get(name).map_or("", String::as_str));
                rest = after;
            }
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn data(picture: &Picture) -> Value {
    let drawn = fold(picture, Details::Joined);
    let mut labels = Numbered::default();
    let mut details = Numbered::default();
    let mut rows = |links: &[Link]| -> Vec<Value> {
        let rows = links
            .iter()
            .map(|link| row(link, &mut labels, &mut details));
        rows.collect()
    };
    let links = rows(&drawn);
    // Few links are drawn, and for each edge the panel knows the rules that allow it.
    let reasons = rows(&fold(picture, Details::Kept));
    let columns = [Layout::of, Layout::folded].map(|layout| columns(picture, &drawn, layout));
    json!({
        "groups": picture.groups.iter().map(group).collect::<Vec<_>>(),
        "columns": columns,
        "everyone": everyone(picture),
        "names": EVERYONE,
        "links": links,
        "reasons": reasons,
        "labels": labels.texts,
        "details": details.texts,
        "notes": picture.notes.iter().map(|note| line(note)).collect::<Vec<_>>(),
    })
}

fn group(group: &Group) -> Value {
    let kind = match group.kind {
        GroupKind::Namespace => "namespace",
        GroupKind::Outside => "outside",
        GroupKind::Cluster => "cluster",
    };
    let nodes = group.nodes.iter().map(|node| {
        json!({
            "name": line(&node.name),
            "detail": shown(&node.detail),
            "mark": node.mark.name(),
        })
    });
    json!({
        "name": line(&group.name),
        "kind": kind,
        "nodes": nodes.collect::<Vec<_>>(),
    })
}

/// A link as the script reads it: ends, numbers of label and detail, flags.
fn row(link: &Link, labels: &mut Numbered, details: &mut Numbered) -> Value {
    let end = |end: End| match end {
        End::Group(group) => (i64::from(group), -1),
        End::Node(node) => (i64::from(node.group), i64::from(node.node)),
    };
    let ((from, from_node), (to, to_node)) = (end(link.from), end(link.to));
    let label = labels.number(line(&link.label));
    let detail = details.number(shown(&link.said()));
    let flags = u8::from(link.selves) + 2 * u8::from(link.everything);
    json!([
        from,
        from_node,
        to,
        to_node,
        label,
        detail,
        flags,
        line(&link.step)
    ])
}

/// Texts that many links share, each written once.
#[derive(Default)]
struct Numbered {
    numbers: BTreeMap<String, usize>,
    texts: Vec<String>,
}

impl Numbered {
    fn number(&mut self, text: String) -> usize {
        let next = self.texts.len();
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.texts.push(text.clone());
            next
        })
    }
}

/// The groups of each column, which they keep while others fold.
fn columns(
    picture: &Picture,
    links: &[Link],
    layout: fn(&Picture, &Choice) -> Layout,
) -> Vec<Vec<usize>> {
    let choice = Choice {
        groups: linked_groups(links),
        links: links.to_vec(),
        note: None,
        badges: Vec::new(),
    };
    let columns = layout(picture, &choice).columns;
    columns.into_iter().map(|column| column.groups).collect()
}
