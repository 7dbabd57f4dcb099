//! The keys of a mapping when it closes: each once, each a scalar, and what `<<` brings in.
//!
//! Must not know the YAML crate.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ztc_diag::Sink;

use super::{Builder, Refused, weight};
use crate::errors;
use crate::tree::{Children, Content, Item, Style};

impl<'t> Builder<'t> {
    /// Reports keys that are no scalars or that repeat; the object around them is not produced.
    pub(super) fn check_keys(&mut self, first: usize, sink: &mut Sink) {
        let entries = self.pending.get(first..).unwrap_or_default();
        let mut found = Vec::new();
        let mut seen: HashMap<&str, &Item<'t>> = HashMap::new();
        // Nearly all mappings are small, and comparing a few short keys beats hashing them.
        let is_small = entries.len() <= 32;
        for (index, key) in entries.iter().enumerate().step_by(2) {
            let place = |item: &Item<'_>| self.place(item.start, item.end);
            let Content::Scalar(scalar) = &key.content else {
                found.push((key.start, errors::yaml::key_not_scalar(place(key))));
                continue;
            };
            if is_merge(key) {
                continue;
            }
            let text = &*scalar.text;
            let earlier = if is_small {
                let mut before = entries.get(..index).unwrap_or_default().iter().step_by(2);
                before.find(|before| scalar_text(before).is_some_and(|before| before == text))
            } else {
                seen.insert(text, key)
            };
            if let Some(earlier) = earlier {
                let diagnostic = errors::yaml::duplicate_key(place(key), place(earlier).span, text);
                found.push((key.start, diagnostic));
            }
        }
        for (start, diagnostic) in found {
            self.tree.broken.push(start);
            sink.push(diagnostic);
        }
    }

    /// Replaces `<<` entries by the entries they bring in; a key written in place wins, then the
    /// first mapping that has it.
    pub(super) fn merge(&mut self, first: usize, sink: &mut Sink) -> Result<(), Refused> {
        let mut entries = self.pending.split_off(first).into_iter();
        let mut merges = Vec::new();
        let mut taken: HashSet<Cow<'t, str>> = HashSet::new();
        while let (Some(key), Some(value)) = (entries.next(), entries.next()) {
            if is_merge(&key) {
                merges.push(value);
                continue;
            }
            taken.extend(scalar_text(&key).cloned());
            self.pending.extend([key, value]);
        }
        for merge in merges {
            for mapping in self.merged_mappings(&merge, sink) {
                self.expansion += u64::from(weight(&mapping));
                if self.expansion > self.max_expansion {
                    let place = self.place(merge.start, merge.end);
                    return Err(errors::yaml::too_many_aliases(place).into());
                }
                self.take_over(&mapping, &mut taken);
            }
        }
        Ok(())
    }

    /// Adds the entries of a merged mapping whose keys are not taken.
    fn take_over(&mut self, mapping: &Item<'t>, taken: &mut HashSet<Cow<'t, str>>) {
        let Content::Mapping(children) = mapping.content else {
            return;
        };
        let entries = self.tree.items.get(range(children)).unwrap_or_default();
        for pair in entries.chunks_exact(2) {
            let [key, value] = pair else { continue };
            let Some(name) = scalar_text(key) else {
                continue;
            };
            if taken.insert(name.clone()) {
                self.pending
                    .extend([through(mapping, key), through(mapping, value)]);
            }
        }
    }

    /// The mappings a `<<` names: one, or a list of them.
    fn merged_mappings(&mut self, merge: &Item<'t>, sink: &mut Sink) -> Vec<Item<'t>> {
        let mappings = match &merge.content {
            Content::Mapping(_) => vec![merge.clone()],
            Content::Sequence(children) => {
                let items = self.tree.items.get(range(*children)).unwrap_or_default();
                items.iter().map(|item| through(merge, item)).collect()
            }
            Content::Scalar(_) => Vec::new(),
        };
        let is_mapping = |item: &Item<'t>| matches!(item.content, Content::Mapping(_));
        if matches!(merge.content, Content::Scalar(_)) || !mappings.iter().all(is_mapping) {
            let alias = (merge.via as usize).checked_sub(1);
            let alias = alias.and_then(|alias| self.tree.uses.get(alias));
            let (start, end) = alias.copied().unwrap_or((merge.start, merge.end));
            sink.push(errors::yaml::merge_not_mapping(self.place(start, end)));
            self.tree.broken.push(start);
        }
        mappings
    }
}

/// Whether a key is `<<`, which in quotes is a key like any other.
pub(super) fn is_merge(key: &Item<'_>) -> bool {
    matches!(&key.content, Content::Scalar(scalar)
        if scalar.style == Style::Plain && scalar.text == "<<")
}

/// A child as it looks through the alias that brought its parent, if one did.
fn through<'t>(parent: &Item<'t>, child: &Item<'t>) -> Item<'t> {
    let via = if parent.via == 0 {
        child.via
    } else {
        parent.via
    };
    Item {
        via,
        ..child.clone()
    }
}

fn range(children: Children) -> std::ops::Range<usize> {
    let first = children.first as usize;
    first..first + children.n_items as usize
}

fn scalar_text<'i, 't>(item: &'i Item<'t>) -> Option<&'i Cow<'t, str>> {
    match &item.content {
        Content::Scalar(scalar) => Some(&scalar.text),
        Content::Sequence(_) | Content::Mapping(_) => None,
    }
}
