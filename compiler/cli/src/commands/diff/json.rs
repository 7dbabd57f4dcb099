//! A difference as one JSON object (docs/schema/diff.v1.schema.json).
//!
//! Must not know the other forms.

use serde::{Serialize, Serializer};
use ztc_bundle::{
    RuleRef,
    flow::{Role, Rule},
};
use ztc_reach::{
    PortSet,
    diff::{Cause, Change, EndId, Place},
};

use super::{Answer, Counts, words};
use crate::{
    exit::Failure,
    output::{self, Out},
};

#[derive(Serialize)]
struct Difference<'a> {
    schema: &'static str,
    old: &'a str,
    new: &'a str,
    /// Whether something is permitted that was not.
    opens: bool,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options<'a>>,
    renames: Vec<Renamed<'a>>,
    notes: &'a [String],
    changes: Changes<'a>,
}

#[derive(Serialize)]
struct Summary {
    added: u64,
    changed: u64,
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

/// Written one by one, as there may be many.
struct Changes<'a>(&'a Answer<'a>);

#[derive(Serialize)]
struct Group<'a> {
    kind: &'static str,
    from: Vec<End<'a>>,
    to: Vec<End<'a>>,
    connections: u64,
    before: Ports,
    after: Ports,
    added: Ports,
    removed: Ports,
    causes: Vec<Why<'a>>,
}

#[derive(Serialize)]
struct End<'a> {
    kind: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<String>,
}

#[derive(Serialize)]
struct Ports {
    ports: String,
    ranges: Vec<Range>,
}

#[derive(Serialize)]
struct Range {
    protocol: &'static str,
    first: u16,
    last: u16,
}

#[derive(Serialize)]
struct Why<'a> {
    kind: &'static str,
    /// One sentence.
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Rule<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Rule<'a>>,
}

/// Writes the object.
pub(super) fn write(out: &mut Out, answer: &Answer<'_>) -> Result<(), Failure> {
    let diff = answer.diff;
    let Counts {
        added,
        changed,
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
            summary: Summary {
                added,
                changed,
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
            notes: &answer.notes,
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
        from: ends(answer, &change.from),
        to: ends(answer, &change.to),
        connections: change.n_connections,
        before: ports(&change.before),
        after: ports(&change.after),
        added: ports(&change.added()),
        removed: ports(&change.removed()),
        causes: change
            .causes
            .iter()
            .map(|cause| why(answer, change, *cause))
            .collect(),
    }
}

fn ends<'a>(answer: &'a Answer<'a>, ids: &[EndId]) -> Vec<End<'a>> {
    let ends = answer.names.ends(ids).map(|end| End {
        kind: end.kind.name(),
        name: &end.name,
        ranges: end.ranges.iter().map(ToString::to_string).collect(),
    });
    ends.collect()
}

fn ports(ports: &PortSet) -> Ports {
    let range = |range: &ztc_reach::PortRange| Range {
        protocol: range.protocol().name(),
        first: range.first,
        last: range.last,
    };
    Ports {
        ports: ports.to_string(),
        ranges: ports.ranges().iter().map(range).collect(),
    }
}

fn why<'a>(answer: &Answer<'a>, change: &Change, cause: Cause) -> Why<'a> {
    let rules = words::rules(answer, cause);
    let rule = |rule: RuleRef<'a>| Rule::new(Role::Decided, &rule);
    let (text, _) = words::sentence(answer, change, cause, usize::MAX);
    Why {
        kind: words::kind(cause),
        text,
        end: words::place(cause).map(|place| match place {
            Place::From => "from",
            Place::To => "to",
        }),
        old: rules.old.map(rule),
        new: rules.new.map(rule),
    }
}
