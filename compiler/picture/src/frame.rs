//! What stands above and below a drawing: title, notes, legend, key.
//!
//! Must not know where in the drawing anything is.

use std::collections::BTreeSet;

use crate::escape::xml;
use crate::fold::Link;
use crate::layout::MARGIN;
use crate::shape::px;
use crate::svg::{Drawing, push};
use crate::text::Font;
use crate::{Mark, Picture};

/// The height of a line of the title.
const TITLE: i64 = 22;

/// The height of another line.
const LINE: i64 = 18;

/// Titles and notes are broken at this width at least, and the sheet has it if they need it.
const MIN_WIDTH: i64 = 760;

/// The width of a sample in the legend, and the space behind it.
const SAMPLE: i64 = 30;

/// The lines above the drawing.
pub(crate) struct Head {
    title: Vec<String>,
    notes: Vec<String>,
}

impl Head {
    pub(crate) fn of(picture: &Picture, note: Option<&str>) -> Self {
        let notes = picture.notes.iter().map(String::as_str).chain(note);
        let notes = notes.flat_map(|note| Font::Name.wrapped(note, MIN_WIDTH));
        Self {
            title: Font::Title.wrapped(&picture.title, MIN_WIDTH),
            notes: notes.collect(),
        }
    }

    pub(crate) fn height(&self) -> i64 {
        TITLE * px(self.title.len()) + LINE * px(self.notes.len())
    }

    pub(crate) fn width(&self) -> i64 {
        let title = self.title.iter().map(|line| Font::Title.width(line));
        let notes = self.notes.iter().map(|line| Font::Name.width(line));
        title.chain(notes).max().unwrap_or(0)
    }

    pub(crate) fn write(&self, out: &mut String) {
        let mut y = MARGIN - 8;
        let title = self.title.iter().map(|line| ("title", TITLE, line));
        let notes = self.notes.iter().map(|line| ("note", LINE, line));
        for (class, height, line) in title.chain(notes) {
            y += height;
            text(out, class, MARGIN, y, line);
        }
    }
}

fn text(out: &mut String, class: &str, x: i64, y: i64, text: &str) {
    let text = xml(text);
    push(
        out,
        format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"),
    );
}

/// What a sample in the legend looks like.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sample {
    OneWay,
    BothWays,
    Everything,
    Ports,
    Step,
    Chosen,
    Start,
    End,
}

impl Sample {
    fn meaning(self) -> &'static str {
        match self {
            Self::OneWay => "may open connections to",
            Self::BothWays => "each may open connections to the other",
            Self::Everything => "on every port",
            Self::Ports => "beside a name: on which ports it is reached",
            Self::Step => "the number of the hop",
            Self::Chosen => "what the picture is about",
            Self::Start => "where the routes begin",
            Self::End => "where they end",
        }
    }

    /// The room that it takes.
    fn width(self) -> i64 {
        match self {
            Self::Ports => 44,
            Self::Step => 24,
            _ => SAMPLE,
        }
    }

    fn write(self, out: &mut String, x: i64, y: i64) {
        let line = |class: &str, start: &str, head: &str| {
            let end = x + SAMPLE - 6;
            format!(
                "<path{class} d=\"M{x} {}H{end}\"{start} marker-end=\"url(#{head})\"/>\n",
                y - 4
            )
        };
        let drawn = match self {
            Self::OneWay => line("", "", "head"),
            Self::BothWays => line(" class=\"both\"", " marker-start=\"url(#head)\"", "head"),
            Self::Everything => line(" class=\"everything\"", "", "everything-head"),
            Self::Ports => format!(
                "<text class=\"count\" x=\"{}\" y=\"{y}\">80/TCP</text>\n",
                x + self.width() - 6
            ),
            Self::Step => step(x, y - 4, "1"),
            Self::Chosen | Self::Start | Self::End => {
                let class = match self {
                    Self::Start => "start",
                    Self::End => "end",
                    _ => "chosen",
                };
                format!(
                    "<rect class=\"mark {class}\" x=\"{x}\" y=\"{}\" width=\"{}\" height=\"14\" \
                     rx=\"4\"/>\n",
                    y - 11,
                    SAMPLE - 6
                )
            }
        };
        out.push_str(&drawn);
    }
}

/// The number of a step, its left end here.
pub(crate) fn step(x: i64, middle: i64, text: &str) -> String {
    let width = step_width(text);
    format!(
        "<rect class=\"step\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"12\" rx=\"6\"/>\
         <text class=\"step\" x=\"{}\" y=\"{}\">{}</text>\n",
        middle - 6,
        x + width / 2,
        middle + 3,
        xml(text)
    )
}

/// The width of what [`step`] draws.
pub(crate) fn step_width(text: &str) -> i64 {
    Font::Label.width(text) + 8
}

/// The lines below the drawing.
pub(crate) struct Foot {
    legend: Vec<(i64, i64, Sample)>,
    /// What has no room, and what the numbers stand for.
    lines: Vec<String>,
    n_legend_lines: i64,
}

impl Foot {
    pub(crate) fn of(picture: &Picture, drawing: &Drawing, width: i64) -> Self {
        let width = (width - 2 * MARGIN).max(MIN_WIDTH);
        let (mut x, mut line) = (0, 0);
        let mut legend = Vec::new();
        for sample in samples(picture, drawing) {
            let room = sample.width() + Font::Label.width(sample.meaning()) + 18;
            if x > 0 && x + room > width {
                (x, line) = (0, line + 1);
            }
            legend.push((x, line, sample));
            x += room;
        }
        let mut lines = Vec::new();
        match drawing.labels.silent.len() {
            0 => {}
            1 => lines.push("1 line has no room for its ports: point at it to see them".into()),
            n => lines.push(format!(
                "{n} lines have no room for their ports: point at them to see them"
            )),
        }
        let key = (1..).zip(&drawing.labels.key);
        let key = key.map(|(number, label): (usize, _)| format!("({number}) {label}"));
        let key = key.collect::<Vec<_>>().join(" · ");
        lines.extend(Font::Label.wrapped(&key, width));
        Self {
            n_legend_lines: if legend.is_empty() { 0 } else { line + 1 },
            legend,
            lines,
        }
    }

    pub(crate) fn height(&self) -> i64 {
        LINE * (self.n_legend_lines + px(self.lines.len()))
    }

    pub(crate) fn width(&self) -> i64 {
        let legend = self.legend.iter();
        let legend =
            legend.map(|(x, _, sample)| x + sample.width() + Font::Label.width(sample.meaning()));
        let lines = self.lines.iter().map(|line| Font::Label.width(line));
        legend.chain(lines).max().unwrap_or(0)
    }

    pub(crate) fn write(&self, out: &mut String, top: i64) {
        out.push_str("<g class=\"legend\">\n");
        for (x, line, sample) in &self.legend {
            let (x, y) = (MARGIN + x, top + LINE * (line + 1));
            sample.write(out, x, y);
            text(out, "meaning", x + sample.width(), y, sample.meaning());
        }
        let mut y = top + LINE * self.n_legend_lines;
        for line in &self.lines {
            y += LINE;
            text(out, "meaning", MARGIN, y, line);
        }
        out.push_str("</g>\n");
    }
}

/// What is to be explained: no more than is there.
fn samples(picture: &Picture, drawing: &Drawing) -> BTreeSet<Sample> {
    let mut samples = BTreeSet::new();
    for link in &drawing.choice.links {
        samples.extend(of_link(link));
    }
    let mut cells = drawing.layout.shapes.iter().flat_map(|shape| &shape.cells);
    samples.extend(
        cells
            .any(|cell| cell.reached.width() > 0)
            .then_some(Sample::Ports),
    );
    for node in picture.groups.iter().flat_map(|group| &group.nodes) {
        samples.extend(match node.mark {
            Mark::None => None,
            Mark::Chosen => Some(Sample::Chosen),
            Mark::Start => Some(Sample::Start),
            Mark::End => Some(Sample::End),
        });
    }
    samples
}

fn of_link(link: &Link) -> impl Iterator<Item = Sample> {
    let direction = match link.both_ways {
        true => Sample::BothWays,
        false => Sample::OneWay,
    };
    let everything = link.everything.then_some(Sample::Everything);
    let step = (!link.step.is_empty()).then_some(Sample::Step);
    [Some(direction), everything, step].into_iter().flatten()
}
