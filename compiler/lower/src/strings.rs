//! The string table: every text once, sorted, so that its numbers do not depend on who asked first.

use rustc_hash::FxHashMap;
use ztc_bundle::{Contents, StringId};

/// Texts by provisional number, until [`Strings::finish`] sorts them.
#[derive(Default)]
pub(crate) struct Strings {
    ids: FxHashMap<String, StringId>,
}

impl Strings {
    /// The provisional number of a text.
    pub(crate) fn intern(&mut self, text: &str) -> StringId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = crate::numbers::number(self.ids.len());
        self.ids.insert(text.to_owned(), id);
        id
    }

    /// Sorts the texts and renumbers every place that holds one.
    pub(crate) fn finish(mut self, contents: &mut Contents) {
        // The empty string sorts first and so is number 0, as the format wants it.
        self.intern("");
        let mut texts: Vec<(String, StringId)> = self.ids.into_iter().collect();
        texts.sort_unstable();
        let mut new = vec![0; texts.len()];
        for (number, (_, old)) in (0u32..).zip(&texts) {
            if let Some(slot) = new.get_mut(*old as usize) {
                *slot = number;
            }
        }
        contents.strings = texts.into_iter().map(|(text, _)| text).collect();
        for place in places(contents) {
            *place = new.get(*place as usize).copied().unwrap_or(0);
        }
    }
}

/// Every field that holds the number of a text.
fn places(contents: &mut Contents) -> Vec<&mut StringId> {
    let meta = &mut contents.meta;
    let mut places = vec![
        &mut meta.cluster,
        &mut meta.revision,
        &mut meta.labels,
        &mut meta.options,
    ];
    let classes = contents.node_classes.iter_mut();
    places.extend(classes.map(|record| &mut record.example));
    let degradations = contents.degradations.iter_mut();
    places.extend(degradations.map(|record| &mut record.name));
    for record in &mut contents.requirements {
        places.extend([&mut record.source, &mut record.key]);
    }
    places.extend(contents.values.iter_mut().map(|record| &mut record.text));
    places.extend(
        contents
            .named_ports
            .iter_mut()
            .map(|record| &mut record.name),
    );
    places.extend(
        contents
            .classes
            .iter_mut()
            .map(|record| &mut record.example),
    );
    for record in &mut contents.endpoints {
        places.extend([&mut record.name, &mut record.node]);
    }
    let workloads = contents.workloads.iter_mut();
    places.extend(workloads.map(|record| &mut record.workload));
    for record in &mut contents.addresses {
        places.extend([&mut record.name, &mut record.node]);
    }
    for record in &mut contents.rules {
        let ztc_bundle::RuleRecord {
            file,
            path,
            summary,
            log,
            ..
        } = record;
        places.extend([file, path, summary, log]);
    }
    for record in &mut contents.policies {
        let ztc_bundle::PolicyRecord {
            kind,
            namespace,
            name,
            file,
            ..
        } = record;
        places.extend([kind, namespace, name, file]);
    }
    places
}
