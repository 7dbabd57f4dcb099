//! Pictures as a person reads them: laid out by a browser, no name covered, folding works.
//!
//! Without a browser every test says so and passes; `ZTC_REQUIRE_BROWSER=1` makes that a failure.

use std::fmt::Write as _;

use serde_json::Value;
use ztc_picture::Picture;

mod browser;
mod drawn;
mod sample;

use browser::Browser;

/// Measures a drawing in the page.
const PROBE: &str = include_str!("probe.js");

/// What is looked at, and how many names it has.
fn pictures() -> Vec<(&'static str, Picture)> {
    vec![
        ("5 workloads", sample::cluster(5)),
        ("40 workloads", sample::cluster(40)),
        ("200 workloads", sample::cluster(200)),
        ("200 open workloads", sample::open(200)),
        ("hostile names", sample::hostile()),
        ("40 knotted workloads", sample::knot(40)),
        ("200 knotted workloads", sample::knot(200)),
    ]
}

fn n_nodes(picture: &Picture) -> usize {
    picture.groups.iter().map(|group| group.nodes.len()).sum()
}

/// Fails unless the drawing has every name, and none is covered.
fn check(what: &str, state: &Value, n_names: usize) {
    let faults = state["faults"].as_array().expect("a list of faults");
    let mut list = String::new();
    for fault in faults.iter().take(20) {
        write!(list, "\n  {fault}").expect("a string takes text");
    }
    assert!(faults.is_empty(), "{what}: {} faults:{list}", faults.len());
    assert_eq!(state["names"], n_names, "{what}: every name is there");
    assert_ne!(state["title"], "owned", "{what}: a name ran as a script");
}

#[test]
fn no_name_of_a_drawing_is_covered() {
    let Some(browser) = Browser::if_installed() else {
        return;
    };
    for (what, picture) in pictures() {
        let svg = ztc_picture::svg(&picture);
        let page = format!("<!doctype html><body>{svg}</body>");
        let script = format!("{PROBE}\nreport(state(document.querySelector('svg')));");
        let state = browser.report(&page, &script);
        let is_matrix = svg.contains("<g class=\"matrix\">");
        assert_eq!(is_matrix, what.contains("knot"), "{what}");
        check(what, &state, if is_matrix { 0 } else { n_nodes(&picture) });
        let n_rows = match (is_matrix, n_nodes(&picture)) {
            (false, _) => 0,
            // Some namespaces are too large for a row of each of their workloads.
            (true, n_nodes) if n_nodes > 60 => picture.groups.len(),
            (true, n_nodes) => n_nodes,
        };
        assert_eq!(state["rows"], n_rows, "{what}: every row is there");
    }
}

#[test]
fn a_covered_name_would_be_noticed() {
    let Some(browser) = Browser::if_installed() else {
        return;
    };
    let svg = ztc_picture::svg(&sample::cluster(40));
    for (style, fault) in [
        (".picture .node { font-size: 16px }", "name out of its box"),
        (".picture .box { height: 900px }", "box over box"),
    ] {
        let svg = svg.replacen("</style>", &format!("{style}</style>"), 1);
        let page = format!("<!doctype html><body>{svg}</body>");
        let script = format!("{PROBE}\nreport(state(document.querySelector('svg')));");
        let faults = browser.report(&page, &script)["faults"].to_string();
        assert!(faults.contains(fault), "{fault}: {faults}");
    }
}

#[test]
fn a_drawing_is_well_formed_xml() {
    let Some(browser) = Browser::if_installed() else {
        return;
    };
    let svg = ztc_picture::svg(&sample::hostile());
    let loaded = browser.loaded(&svg, "svg");
    assert!(loaded.contains("picture-title"), "{loaded:.2000}");
    assert!(!loaded.contains("parsererror"), "{loaded:.2000}");
    // The same browser does notice what is not.
    let loaded = browser.loaded(&svg.replacen("</g>", "", 1), "svg");
    assert!(loaded.contains("parsererror"), "{loaded:.2000}");
}

/// What a reader does with the page, one state after each step.
const STEPS: &str = "
    const svg = document.getElementById('drawing'), states = {};
    const click = (selector) => document.querySelector(selector)
        .dispatchEvent(new MouseEvent('click', { bubbles: true }));
    const view = document.getElementById('view'), matrix = document.getElementById('matrix');
    states.is_matrix_first = !view.hidden && !matrix.hidden && svg.parentElement.hidden;
    if (!view.hidden) click('#view');
    const first = '[data-group=\"' + svg.querySelector('[data-group]').dataset.group + '\"]';
    states.opened = state(svg);
    click('#unfold');
    states.unfolded = state(svg);
    click(first);
    states.one_folded = state(svg);
    click(first);
    states.one_unfolded = state(svg);
    const chosen = svg.querySelectorAll('[data-node]')[0];
    chosen.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    states.panel = document.getElementById('panel').querySelectorAll('li').length;
    states.near = svg.querySelectorAll('.edges .near').length;
    const heads = [...svg.querySelectorAll('.edges .near')]
        .map((path) => getComputedStyle(path).markerEnd);
    const fill = getComputedStyle(svg.querySelector('#page-near-head path')).fill;
    const near = svg.querySelector('.edges .near');
    states.coloured_heads = heads.every((head) => head.includes('page-near-head')) &&
        fill === getComputedStyle(near).stroke;
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    states.near_after_escape = svg.querySelectorAll('.edges .near').length;
    states.is_closed = document.getElementById('panel').hidden;
    chosen.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    click('#panel button');
    states.near_after = svg.querySelectorAll('.edges .near').length;
    svg.querySelector(first).dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    states.one_folded_by_key = state(svg);
    click('#fold');
    states.folded = state(svg);
    const filter = document.getElementById('filter'), count = document.getElementById('count');
    filter.value = svg.querySelector('[data-box] .name').lastChild.textContent.slice(0, 3);
    filter.dispatchEvent(new Event('input'));
    states.found = count.textContent;
    filter.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
    states.next = count.textContent;
    states.current = svg.querySelectorAll('.current').length;
    states.is_drawn = !svg.parentElement.hidden;
    states.first = Number(svg.querySelector(first).getAttribute('aria-label').match(/\\d+/g).pop());
    report(states);
";

#[test]
fn the_page_folds_and_no_name_of_it_is_covered() {
    let Some(browser) = Browser::if_installed() else {
        return;
    };
    for (what, picture) in pictures() {
        let page = ztc_picture::html(&picture);
        let states = browser.report(&page, &format!("{PROBE}\n{{{STEPS}}}"));
        let n_nodes = n_nodes(&picture);
        let of_first = states["first"].as_u64().expect("a number");
        let without = n_nodes - usize::try_from(of_first).expect("a small number");
        let opened = if n_nodes > 60 { 0 } else { n_nodes };
        let expected = [
            ("opened", opened),
            ("unfolded", n_nodes),
            ("one_folded", without),
            ("one_unfolded", n_nodes),
            ("one_folded_by_key", without),
            ("folded", 0),
        ];
        for (step, n_names) in expected {
            check(&format!("{what}, {step}"), &states[step], n_names);
        }
        assert_ne!(
            states["panel"], 0,
            "{what}: the panel lists what a workload reaches"
        );
        assert_ne!(states["near"], 0, "{what}: its edges stand out");
        assert_eq!(states["coloured_heads"], true, "{what}: with their heads");
        assert_eq!(states["near_after_escape"], 0, "{what}: until Escape");
        assert_eq!(states["is_closed"], true, "{what}: which closes the panel");
        assert_eq!(
            states["is_matrix_first"],
            what.contains("knot"),
            "{what}: a knot is a matrix first"
        );
        let found = states["found"].as_str().expect("a text");
        assert!(found.starts_with("1 of "), "{what}: {found}");
        let next = states["next"].as_str().expect("a text");
        assert!(
            next.starts_with("2 of ") || found == "1 of 1",
            "{what}: {next}"
        );
        assert_eq!(states["current"], 1, "{what}: what is found stands out");
        assert_eq!(states["is_drawn"], true, "{what}: among the boxes");
        assert_eq!(states["near_after"], 0, "{what}: until it is closed");
    }
}

#[test]
fn a_page_without_scripts_shows_the_drawing() {
    let page = ztc_picture::html(&sample::cluster(5));
    let (_, rest) = page
        .split_once("<noscript>")
        .expect("something without scripts");
    let (inside, _) = rest.split_once("</noscript>").expect("its end");
    assert_eq!(inside.trim(), ztc_picture::svg(&sample::cluster(5)).trim());
}
