//! What a lint may ask. Whatever costs something is computed when the first lint asks for it.

use std::{cell::OnceCell, collections::BTreeSet};

use ztc_diag::Span;
use ztc_policy::{Analysis, model::SelectorId};
use ztc_syntax::Refused;

use super::{Input, inventory::Inventory, written::Written};

/// One run as lints see it.
pub(crate) struct Context<'a> {
    /// Everything that is known.
    pub(crate) analysis: &'a Analysis,
    input: Input<'a>,
    classes_of: OnceCell<Vec<Vec<u32>>>,
    inventory: OnceCell<Inventory<'a>>,
    written: OnceCell<Written<'a>>,
    /// The namespaces that refused policies are about; `None` for all of them.
    refused: OnceCell<BTreeSet<Option<&'a str>>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(input: &Input<'a>) -> Self {
        Self {
            analysis: input.analysis,
            input: *input,
            classes_of: OnceCell::new(),
            inventory: OnceCell::new(),
            written: OnceCell::new(),
            refused: OnceCell::new(),
        }
    }

    /// Whether what is written here is linted.
    pub(crate) fn is_checked(&self, span: Span) -> bool {
        (self.input.is_checked)(span.source)
    }

    /// Whether a policy that is refused, and so has no effect, could be about pods of a namespace.
    pub(crate) fn may_miss_policies(&self, namespace: &str) -> bool {
        let refused = self.refused.get_or_init(|| {
            let unread = self.input.refused.iter().filter_map(reach_of);
            let meaningless = self.analysis.model.refused.iter();
            let meaningless = meaningless.map(|policy| {
                let namespaced = policy.name.split_once('/');
                namespaced.map(|(namespace, _)| namespace)
            });
            unread.chain(meaningless).collect()
        });
        refused.contains(&None) || refused.contains(&Some(namespace))
    }

    /// The classes that a selector matches, ascending. A class without workloads stands for a pod
    /// without labels, in a namespace that exists.
    pub(crate) fn classes_of(&self, selector: SelectorId) -> &[u32] {
        let all = self.classes_of.get_or_init(|| {
            let mut lists = vec![Vec::new(); self.analysis.model.selectors.len()];
            for (number, class) in (0u32..).zip(&self.analysis.resolved.classes.classes) {
                for selector in &class.selectors {
                    if let Some(list) = lists.get_mut(selector.0 as usize) {
                        list.push(number);
                    }
                }
            }
            lists
        });
        all.get(selector.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The names of the workloads of a class.
    pub(crate) fn workloads_of(&self, class: u32) -> impl Iterator<Item = &'a str> + use<'a> {
        let analysis = self.analysis;
        let class = analysis.resolved.classes.classes.get(class as usize);
        let members = class.map_or(&[][..], |class| &class.members);
        members.iter().filter_map(|member| {
            let endpoint = analysis.cluster.endpoints.get(*member as usize)?;
            Some(endpoint.name.as_str())
        })
    }

    /// The labels that exist.
    pub(crate) fn inventory(&self) -> &Inventory<'a> {
        self.inventory
            .get_or_init(|| Inventory::new(&self.analysis.cluster))
    }

    /// The selectors as written.
    pub(crate) fn written(&self) -> &Written<'a> {
        self.written
            .get_or_init(|| Written::new(self.input.objects))
    }
}

/// The namespace that something unread is about, `None` inside for all; `None` when it is no
/// policy.
fn reach_of(refused: &Refused) -> Option<Option<&str>> {
    match refused.kind.as_str() {
        // Without a namespace the object is of the default one.
        "NetworkPolicy" | "CiliumNetworkPolicy" => {
            Some(Some(refused.namespace.as_deref().unwrap_or("default")))
        }
        "document" => Some(None),
        kind => kind.ends_with("NetworkPolicy").then_some(None),
    }
}
