//! No name becomes anything but a name.

use super::{HOSTILE, edge, groups, nodes};
use crate::{Picture, dot, escape, html, mermaid, svg, text};

/// Hostile names wherever there can be one.
fn hostile() -> Picture {
    let mut picture = groups(&[3; 9]);
    let nodes = nodes(&picture);
    for (number, name) in HOSTILE.iter().enumerate() {
        picture.title = (*name).to_string();
        picture.groups[number].name = (*name).to_string();
        picture.groups[number].nodes[1].name = (*name).to_string();
        picture.groups[number].nodes[1].detail = (*name).to_string();
        let mut edge = edge(nodes[number], nodes[number + 3], name);
        edge.detail = (*name).to_string();
        picture.edges.push(edge);
    }
    picture
}

#[test]
fn xml_has_no_markup_but_ours() {
    for name in HOSTILE {
        let escaped = escape::xml(name);
        assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
        let is_legal = |c: char| c >= ' ' && c != '\u{202e}' && c != '\u{200b}';
        assert!(escaped.chars().all(is_legal), "{escaped:?}");
    }
    let svg = svg(&hostile());
    assert!(
        !svg.contains("<script") && !svg.contains("onload=\""),
        "{svg}"
    );
}

#[test]
fn elements_of_the_svg_are_closed_in_order() {
    let svg = svg(&hostile());
    let mut open = Vec::new();
    let mut rest = svg.as_str();
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            let name = tag.split([' ', '\n']).next();
            open.push(name.expect("a tag has a name"));
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_page_has_no_script_but_its_own() {
    let page = html(&hostile());
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("<!--").count(), 0);
    assert_eq!(page.matches("</noscript>").count(), 1);
    assert!(
        !page.contains("http://")
            || page.matches("http://").count()
                == page.matches("http://www.w3.org/2000/svg").count()
    );
    let (_, data) = page
        .split_once("type=\"application/json\">")
        .expect("the data");
    let (data, _) = data.split_once("</script>").expect("the data's end");
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(data["groups"][0]["name"], HOSTILE[0]);
}

#[test]
fn strings_of_graphviz_end_where_they_should() {
    for name in HOSTILE {
        let quoted = escape::dot(name);
        let inner = &quoted[1..quoted.len() - 1];
        let mut characters = inner.chars();
        while let Some(character) = characters.next() {
            assert_ne!(character, '"', "{quoted}");
            if character == '\\' {
                let next = characters.next().expect("no escape is cut off");
                assert!(['\\', '"', 'n'].contains(&next), "{quoted}");
            }
        }
    }
    let n_quotes = |line: &str| {
        line.replace("\\\\", "")
            .replace("\\\"", "")
            .matches('"')
            .count()
    };
    assert!(dot(&hostile()).lines().all(|line| n_quotes(line) % 2 == 0));
}

#[test]
fn strings_of_mermaid_end_where_they_should() {
    for name in HOSTILE {
        let quoted = escape::mermaid(name);
        let inner = &quoted[1..quoted.len() - 1];
        assert!(
            !inner.contains(['"', '<', '>', '`', '\\', '\n', '%']),
            "{quoted}"
        );
    }
    let chart = mermaid(&hostile());
    assert!(
        chart.lines().all(|line| line.matches('"').count() % 2 == 0),
        "{chart}"
    );
    assert_eq!(chart.matches("%%").count(), 0);
}

#[test]
fn a_long_name_keeps_both_ends() {
    let name = "payments-reconciliation-worker-for-the-european-region-v2";
    let shortened = text::Font::Name.shortened(name, 150);
    assert!(text::Font::Name.width(&shortened) <= 150, "{shortened}");
    assert!(
        shortened.starts_with("payments-") && shortened.ends_with("-v2"),
        "{shortened}"
    );
    assert_eq!(text::Font::Name.shortened("db", 150), "db");
}
