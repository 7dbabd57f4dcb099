//! Pictures as a person reads them: laid out by a browser, no name covered, folding works.
//!
//! Without a browser every test says so and passes; `ZTC_REQUIRE_BROWSER=1` makes that a failure.

use std::fmt::Write as _;

use serde_json::Value;
use ztc_picture::Picture;

mod browser;
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
        check(what, &browser.report(&page, &script), n_nodes(&picture));
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
    click('#panel button');
    states.near_after = svg.querySelectorAll('.edges .near').length;
    svg.querySelector(first).dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    states.one_folded_by_key = state(svg);
    click('#fold');
    states.folded = state(svg);
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
