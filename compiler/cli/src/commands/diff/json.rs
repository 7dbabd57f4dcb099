//! A difference as one JSON object (docs/schema/diff.v1.schema.json).
//!
//! Must not know the other forms.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use ztc_bundle::{
    RuleRef,
    flow::{Role, Rule},
};
use ztc_reach::{
    PortSet,
    diff::{Cause, Change, EndId, Place},
};

use super::{
    Answer, Counts,
    words::{self, Sentence},
};
use crate::{
    exit::Failure,
    output::{self, Out},
    report::Refused,
    shapes::{self, Range},
};

/// How many ends a sentence names; `from` and `to` have all of them.
const SHOWN: usize = 8;

#[derive(Serialize)]
struct Difference<'a> {
    schema: &'static str,
    old: &'a str,
    new: &'a str,
    /// Whether something is permitted that was not.
    opens: bool,
    /// Whether causes are those of any of a change's connections, not of all of them.
    is_coarse: bool,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options<'a>>,
    renames: Vec<Renamed<'a>>,
    /// Workloads that no policy applies to any more.
    left_to_nodes: &'a [String],
    /// Rules that differ and that no change is put down to.
    without_effect: Vec<Why<'a>>,
    notes: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut<'a>>,
    /// Everybody whom a change names.
    ends: Vec<End<'a>>,
    changes: Changes<'a>,
}

#[derive(Serialize)]
struct Summary {
    added: u64,
    changed: u64,
    narrowed: u64,
    removed: u64,
}

#[derive(Serialize)]
struct Options<'a> {
    old: &'a str,
    new: &'a str,
}

#[derive(Serialize)]
struct Renamed<'a> {
    old: &'a str,
    new: &'a str,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    side: &'static str,
    #[serde(flatten)]
    object: &'a Refused,
}

/// Written one by one, as there may be many.
struct Changes<'a>(&'a Answer<'a>);

#[derive(Serialize)]
struct Group<'a> {
    kind: &'static str,
    from: Vec<&'a str>,
    to: Vec<&'a str>,
    connections: u64,
    before: Ports,
    after: Ports,
    added: Ports,
    removed: Ports,
    causes: Vec<Why<'a>>,
}

#[derive(Serialize)]
struct End<'a> {
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<String>,
}

#[derive(Serialize)]
struct Ports {
    ports: String,
    ranges: Vec<Range>,
}

#[derive(Serialize)]
struct Why<'a> {
    kind: &'static str,
    /// One sentence.
    text: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    differences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Rule<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Rule<'a>>,
}

/// Writes the object.
pub(super) fn write<'a>(out: &mut Out, answer: &'a Answer<'a>) -> Result<(), Failure> {
    let diff = answer.diff;
    let Counts {
        added,
        changed,
        narrowed,
        removed,
    } = Counts::of(&diff.changes);
    let [old, new] = answer.operands;
    let options = diff.options.as_ref();
    output::json(
        out,
        &Difference {
            schema: "ztc.dev/diff/v1",
            old,
            new,
            opens: diff.opens(),
            is_coarse: diff.is_coarse,
            summary: Summary {
                added,
                changed,
                narrowed,
                removed,
            },
            options: options.map(|(old, new)| Options { old, new }),
            renames: diff
                .renames
                .iter()
                .map(|rename| Renamed {
                    old: &rename.old,
                    new: &rename.new,
                })
                .collect(),
            left_to_nodes: &diff.left_to_nodes,
            without_effect: without_effect(answer),
            notes: &answer.notes,
            left_out: left_out(answer),
            ends: mentioned(answer),
            changes: Changes(answer),
        },
    )
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let changes = self.0.diff.changes.iter();
        serializer.collect_seq(changes.map(|change| group(self.0, change)))
    }
}

fn group<'a>(answer: &'a Answer<'a>, change: &'a Change) -> Group<'a> {
    Group {
        kind: change.kind().name(),
        from: names(answer, &change.from),
        to: names(answer, &change.to),
        connections: change.n_connections,
        before: ports(&change.before),
        after: ports(&change.after),
        added: ports(&change.added()),
        removed: ports(&change.removed()),
        causes: change
            .causes
            .iter()
            .map(|cause| {
                let sentence = words::sentence(answer, change, *cause, SHOWN);
                why(answer, *cause, sentence)
            })
            .collect(),
    }
}

fn names<'a>(answer: &Answer<'a>, ids: &[EndId]) -> Vec<&'a str> {
    let ends = answer.names.ends(ids);
    ends.map(|end| end.name.as_str()).collect()
}

fn left_out<'a>(answer: &Answer<'a>) -> Vec<LeftOut<'a>> {
    let sides = ["old", "new"].into_iter().zip(answer.left_out());
    let objects = sides.flat_map(|(side, objects)| {
        let objects = objects.iter();
        objects.map(move |object| LeftOut { side, object })
    });
    objects.collect()
}

fn mentioned<'a>(answer: &Answer<'a>) -> Vec<End<'a>> {
    let changes = answer.diff.changes.iter();
    let all = changes.flat_map(|change| change.from.iter().chain(&change.to));
    let ids: BTreeSet<EndId> = all.copied().collect();
    let ends = ids.iter().filter_map(|id| answer.diff.end(*id));
    ends.map(|end| End {
        name: &end.name,
        kind: end.kind.name(),
        namespace: &end.namespace,
        ranges: end.ranges.iter().map(ToString::to_string).collect(),
    })
    .collect()
}

fn ports(ports: &PortSet) -> Ports {
    Ports {
        ports: ports.to_string(),
        ranges: shapes::ranges(ports),
    }
}

fn without_effect<'a>(answer: &'a Answer<'a>) -> Vec<Why<'a>> {
    let causes = answer.diff.without_effect.iter();
    let sentences = causes.filter_map(|cause| {
        let sentence = words::of_rule(answer, *cause)?;
        Some(why(answer, *cause, sentence))
    });
    sentences.collect()
}

fn why<'a>(answer: &'a Answer<'a>, cause: Cause, sentence: Sentence<'a>) -> Why<'a> {
    let rules = words::rules(answer, cause);
    let rule = |rule: RuleRef<'a>| Rule::new(Role::Decided, &rule);
    Why {
        kind: words::kind(cause),
        text: sentence.text,
        differences: sentence.differences,
        end: words::place(cause).map(|place| match place {
            Place::From => "from",
            Place::To => "to",
        }),
        old: rules.old.map(rule),
        new: rules.new.map(rule),
    }
}
