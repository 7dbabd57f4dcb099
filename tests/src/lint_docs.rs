//! Every page of `lints/` is true: what it says is reported is, and nothing else.
//!
//! A page is Markdown. A ```` ```workloads ```` block holds Kubernetes YAML that all other blocks
//! are read with, and which is not itself linted. Every ```` ```yaml ```` block is one input:
//! `#~ NAME` on a line says that the lint reports there, `#~ NAME:7` at column 7,
//! `#~ NAME "text"` exactly this text. A ```` ```text ```` block shows how the block before it is
//! reported. `ZTC_UPDATE=1 cargo test -p ztc-tests lint_docs` writes what came out.
//! Must not know any lint.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use ztc_diag::{
    Diagnostic, Sink, Sources,
    render::{self, Colour},
};
use ztc_lints::{Input, LINTS, Level, Levels, Lint};
use ztc_policy::AnalyseOptions;

#[test]
fn every_page_is_true() {
    let mut faults = Vec::new();
    for lint in LINTS {
        Page {
            lint,
            faults: &mut faults,
        }
        .check();
    }
    assert!(
        faults.is_empty(),
        "{} found:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn the_index_lists_every_lint() {
    let mut index = String::from(
        "# Lints\n\nOne lint is one `.rs` (the check) and one `.md` (its page, which is also its \
         test).\nThis table is generated from the registry: `ZTC_UPDATE=1 cargo test -p ztc-tests \
         lint_docs`.\n\n| Number | Lint | Group | Level | What it finds |\n|--:|---|---|---|---|\n",
    );
    for lint in LINTS {
        let (group, file) = (lint.group, lint.name.replace('-', "_"));
        let level = group.default_level().name();
        index += &format!(
            "| {} | [`{}`]({file}.md) | {} | {level} | {} |\n",
            lint.code,
            lint.name,
            group.name(),
            lint.summary()
        );
    }
    let path = folder().join("README.md");
    if env::var_os("ZTC_UPDATE").is_some() {
        fs::write(&path, &index).expect("the index can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, index,
        "stale: ZTC_UPDATE=1 cargo test -p ztc-tests lint_docs"
    );
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../lints")
}

/// The page of a lint, being checked.
struct Page<'a> {
    lint: &'a Lint,
    faults: &'a mut Vec<String>,
}

/// A fenced block.
struct Block<'a> {
    language: &'a str,
    /// The last second-level heading before it.
    section: &'a str,
    /// Index of its first line in the page.
    first: usize,
    text: String,
}

/// Something that is expected of a line.
struct Mark<'a> {
    /// From 1, in its block.
    line: u32,
    column: Option<u32>,
    text: Option<&'a str>,
}

impl Page<'_> {
    fn check(&mut self) {
        let path = folder().join(format!("{}.md", self.lint.name.replace('-', "_")));
        let page = fs::read_to_string(&path).expect("the registry has read it too");
        let blocks = blocks(&page);
        let workloads = blocks.iter().find(|block| block.language == "workloads");
        let workloads = workloads.map_or("", |block| &block.text);
        let mut shown: Vec<(usize, usize, String)> = Vec::new();
        let mut sections = Vec::new();
        let mut rendered = String::new();
        for block in &blocks {
            match block.language {
                "yaml" => {
                    rendered = self.input(block, workloads);
                    sections.push(block.section);
                }
                "text" => {
                    if block.text != rendered {
                        let n_lines = block.text.lines().count();
                        shown.push((block.first, n_lines, rendered.clone()));
                    }
                }
                "workloads" => {}
                other => self.fault(block.first, &format!("a block of `{other}`")),
            }
        }
        for section in ["Reported", "Not reported"] {
            if !sections.contains(&section) {
                self.fault(0, &format!("no example under `{section}`"));
            }
        }
        if env::var_os("ZTC_UPDATE").is_some() {
            fs::write(&path, replaced(&page, &shown)).expect("the page can be written");
        } else {
            for (line, _, rendered) in shown {
                self.fault(line, &format!("the report is now\n{rendered}"));
            }
        }
    }

    /// Compares what is reported of an input with its marks; gives back how that is shown.
    fn input(&mut self, block: &Block<'_>, workloads: &str) -> String {
        let marks = marks(self.lint.name, &block.text);
        match (block.section, marks.is_empty()) {
            ("Reported", true) => self.fault(block.first, "nothing is marked"),
            ("Not reported", false) => self.fault(block.first, "something is marked"),
            ("Reported" | "Not reported", _) => {}
            _ => self.fault(block.first, "an example outside of the two sections"),
        }
        // Readers see the page without the marks.
        let text: String = block
            .text
            .lines()
            .map(|line| line.split("  #~").next().unwrap_or_default().to_string() + "\n")
            .collect();
        let mut sources = Sources::new();
        let policies = sources.add("policies.yaml".into(), "policies.yaml".into(), text);
        sources.add(
            "workloads.yaml".into(),
            "workloads.yaml".into(),
            workloads.into(),
        );
        let mut sink = Sink::new();
        let parsed = ztc_syntax::parse(&sources, &mut sink);
        let analysis = ztc_policy::analyse(&parsed.objects, &AnalyseOptions::default(), &mut sink);
        if sink.iter().next().is_some() {
            let errors = render(&sources, &sink.clone().into_sorted());
            self.fault(
                block.first,
                &format!("the example itself is wrong\n{errors}"),
            );
        }
        let mut found = Sink::new();
        let input = Input {
            objects: &parsed.objects,
            refused: &parsed.refused,
            analysis: &analysis,
            is_checked: &|source| source == policies,
        };
        ztc_lints::run(&input, &only(self.lint), &mut found);
        let found = found.into_sorted();
        self.compare(block, &marks, &sources, &found);
        render(&sources, &found)
    }

    fn compare(
        &mut self,
        block: &Block<'_>,
        marks: &[Mark<'_>],
        sources: &Sources,
        found: &[Diagnostic],
    ) {
        let mut unmet: Vec<&Mark<'_>> = marks.iter().collect();
        for diagnostic in found {
            let span = diagnostic.primary.span;
            let place = sources.start(span);
            let is_met = |mark: &&&Mark<'_>| {
                mark.line == place.line
                    && mark.column.is_none_or(|column| column == place.column)
                    && mark.text.is_none_or(|text| text == sources.text(span))
            };
            match unmet.iter().position(|mark| is_met(&mark)) {
                Some(index) => {
                    unmet.swap_remove(index);
                }
                None => {
                    let shown = render(sources, std::slice::from_ref(diagnostic));
                    self.fault(block.first, &format!("not marked:\n{shown}"));
                }
            }
            if diagnostic.help.is_empty() {
                self.fault(block.first, "a report without help");
            }
        }
        for mark in unmet {
            self.fault(
                block.first + mark.line as usize - 1,
                "marked, and not reported",
            );
        }
    }

    fn fault(&mut self, line_index: usize, what: &str) {
        let file = self.lint.name.replace('-', "_");
        self.faults
            .push(format!("lints/{file}.md:{}: {what}", line_index + 1));
    }
}

/// The levels at which a lint warns and all others are silent.
fn only(lint: &Lint) -> Levels {
    let mut levels = Levels::new();
    for other in LINTS.iter().filter(|other| other.name != lint.name) {
        levels
            .set(other.name, Level::Allow)
            .expect("a lint of the registry");
    }
    levels
}

fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = Vec::new();
    render::text(&mut out, sources, diagnostics, Colour::Plain).expect("writes to memory");
    let text = String::from_utf8(out).expect("text is UTF-8");
    format!("{}\n", text.trim_end())
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut section = "";
    let mut is_open = false;
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), is_open) {
            (Some(language), false) => {
                let text = String::new();
                blocks.push(Block {
                    language,
                    section,
                    first: index + 1,
                    text,
                });
                is_open = true;
            }
            (Some(_), true) => is_open = false,
            (None, true) => {
                let block = blocks.last_mut().expect("a fence has opened it");
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => section = line.strip_prefix("## ").unwrap_or(section),
        }
    }
    blocks
}

fn marks<'a>(lint: &str, text: &'a str) -> Vec<Mark<'a>> {
    let mut marks = Vec::new();
    for (line, number) in text.lines().zip(1u32..) {
        for mark in line.split("#~ ").skip(1) {
            let rest = mark
                .trim()
                .strip_prefix(lint)
                .expect("a mark names the page's lint");
            let text = rest.split('"').nth(1);
            let column = rest.strip_prefix(':').map(|column| {
                let digits = column.split(' ').next().unwrap_or_default();
                digits.parse().expect("a column is a number")
            });
            marks.push(Mark {
                line: number,
                column,
                text,
            });
        }
    }
    marks
}

/// The page with the lines of some blocks exchanged.
fn replaced(page: &str, blocks: &[(usize, usize, String)]) -> String {
    let mut lines: Vec<String> = page.lines().map(Into::into).collect();
    for (first, n_lines, text) in blocks.iter().rev() {
        lines.splice(*first..first + n_lines, text.lines().map(Into::into));
    }
    lines.join("\n") + "\n"
}
