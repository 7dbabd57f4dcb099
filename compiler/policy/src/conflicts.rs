//! What Cilium refuses only when it merges the rules of a pod: it accepts such objects, fails to
//! compute the pod's policy and keeps the old one (SEMANTICS.md S8). Here that is an error.
//!
//! Must not know what is decided: a conflict changes no verdict of ztc's.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use ztc_diag::{Sink, Span, Spanned};
use ztc_syntax::AuthenticationMode;

use crate::{
    AnalyseOptions, EnablePolicy, Model, Resolved, errors,
    model::{Direction, PortTerm, Ports, Protocol, ProxyPeer, ProxyUse, Rule, RuleId, SelectorId},
    resolve::Class,
};

/// The most conflicts that are reported: whoever has as many has one mistake many times.
const MAX_CONFLICTS: usize = 100;

/// Two places that Cilium cannot merge, and why.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Conflict<'a> {
    /// The place that is merged second.
    pub(crate) second: Span,
    /// The place it does not fit.
    pub(crate) first: Span,
    /// Why.
    pub(crate) reason: Reason<'a>,
}

/// Why two rules cannot be merged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Reason<'a> {
    /// Two parsers, the first one first.
    Parsers(Parser<'a>, Parser<'a>),
    /// Two modes, the first one first.
    Authentication(AuthenticationMode, AuthenticationMode),
    /// Two contexts of this field.
    Tls(&'static str),
    /// Server names and rules for requests, without a terminating context.
    ServerNames,
    /// Two listeners of this priority.
    Listeners(u8),
}

/// Who reads the traffic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Parser<'a> {
    /// The one for TLS alone, which gives way to one for requests.
    Tls,
    /// A custom listener.
    Listener,
    /// One for requests.
    Requests(&'a str),
}

impl Parser<'_> {
    /// Whether traffic that is TLS to one rule can be this to another.
    fn is_within_tls(self) -> bool {
        !matches!(self, Self::Listener | Self::Requests("dns"))
    }
}

/// Which rules are merged: those of one direction, one peer and one port as they are written.
type Key<'a> = (Direction, &'a ProxyPeer, Option<PortTerm>);

type Rules<'a> = Vec<(RuleId, &'a Rule)>;

/// Reports every conflict between rules that are about the same pods.
pub(crate) fn check(model: &Model, resolved: &Resolved, options: &AnalyseOptions, sink: &mut Sink) {
    let proxied: Rules<'_> = model
        .rules()
        .filter(|(_, rule)| rule.proxied.is_some())
        .collect();
    if proxied.is_empty() || options.enable_policy == EnablePolicy::Never {
        return;
    }
    // What does not conflict among all rules does not among those of a pod either, and that is
    // nearly everything: only the rest is looked at pod by pod.
    let mut suspects: FxHashSet<Key<'_>> = FxHashSet::default();
    merge(
        &proxied,
        |_| true,
        |key, _| {
            suspects.insert(key);
        },
    );
    let mut by_subject: FxHashMap<SelectorId, Rules<'_>> = FxHashMap::default();
    for (id, rule) in proxied {
        if uses(rule).any(|(key, _)| suspects.contains(&key)) {
            by_subject.entry(rule.subject).or_default().push((id, rule));
        }
    }
    let mut found: BTreeMap<Conflict<'_>, Option<&str>> = BTreeMap::new();
    for (subjects, example) in subject_sets(&resolved.classes.classes, &by_subject) {
        let mut rules: Rules<'_> = subjects
            .iter()
            .filter_map(|subject| by_subject.get(subject))
            .flatten()
            .copied()
            .collect();
        rules.sort_unstable_by_key(|(id, _)| *id);
        merge(
            &rules,
            |key| suspects.contains(key),
            |_, conflict| {
                if found.len() < MAX_CONFLICTS {
                    found.entry(conflict).or_insert(example);
                }
            },
        );
    }
    for (conflict, example) in &found {
        sink.push(errors::conflict(conflict, *example));
    }
}

/// The sets of subjects that are merged, each with pods it is of: those of the pods there are,
/// then those of pods to come, then each subject alone, which has pods whatever is in the input.
fn subject_sets<'a>(
    classes: &'a [Class],
    by_subject: &FxHashMap<SelectorId, Rules<'_>>,
) -> Vec<(Vec<SelectorId>, Option<&'a str>)> {
    let (real, to_come): (Vec<_>, Vec<_>) =
        classes.iter().partition(|class| !class.members.is_empty());
    let of_classes = real.into_iter().chain(to_come).map(|class| {
        let subjects = class.selectors.iter().copied();
        let subjects = subjects.filter(|subject| by_subject.contains_key(subject));
        (subjects.collect(), Some(class.example.as_str()))
    });
    let alone: BTreeSet<SelectorId> = by_subject.keys().copied().collect();
    let alone = alone.into_iter().map(|subject| (vec![subject], None));
    let mut seen = FxHashSet::default();
    let mut sets: Vec<(Vec<SelectorId>, Option<&str>)> = of_classes.chain(alone).collect();
    sets.retain(|(subjects, _)| !subjects.is_empty() && seen.insert(subjects.clone()));
    sets
}

/// Every key of a rule with what it asks there.
fn uses(rule: &Rule) -> impl Iterator<Item = (Key<'_>, &ProxyUse)> {
    let proxied = rule.proxied.as_deref().into_iter();
    proxied.flat_map(move |proxied| {
        proxied.uses.iter().flat_map(move |ask| {
            let (all, terms) = match &ask.ports {
                Ports::All => (Some(None), &[][..]),
                Ports::Terms(terms) => (None, terms.as_slice()),
            };
            let terms = terms.iter().map(|(term, _)| Some(*term));
            all.into_iter().chain(terms).flat_map(move |port| {
                let peers = proxied.peers.iter();
                peers.map(move |peer| ((rule.direction, peer, port), ask))
            })
        })
    })
}

/// Merges rules in their order, and says what does not fit what came before.
fn merge<'a>(
    rules: &[(RuleId, &'a Rule)],
    is_wanted: impl Fn(&Key<'a>) -> bool,
    mut found: impl FnMut(Key<'a>, Conflict<'a>),
) {
    let mut merged: FxHashMap<Key<'a>, Merged<'a>> = FxHashMap::default();
    for (_, rule) in rules {
        for (key, ask) in uses(rule).filter(|(key, _)| is_wanted(key)) {
            let merged = merged.entry(key).or_default();
            merged.add(ask, key.2, |conflict| found(key, conflict));
        }
    }
}

/// What the rules of one key ask together: of each thing the first that was asked.
#[derive(Default)]
struct Merged<'a> {
    authentication: Option<Spanned<AuthenticationMode>>,
    terminating: Option<&'a Spanned<String>>,
    originating: Option<&'a Spanned<String>>,
    tls: Option<Span>,
    parser: Option<Spanned<Parser<'a>>>,
    /// Server names without a terminating context.
    names: Option<Span>,
    /// Rules for requests without one.
    requests: Option<Span>,
    listeners: BTreeMap<u8, (&'a str, Span)>,
}

impl<'a> Merged<'a> {
    fn add(
        &mut self,
        ask: &'a ProxyUse,
        port: Option<PortTerm>,
        mut found: impl FnMut(Conflict<'a>),
    ) {
        let mut report = |first: Span, second: Span, reason: Reason<'a>| {
            found(Conflict {
                second,
                first,
                reason,
            });
        };
        if let Some(mode) = ask.authentication {
            let first = self.authentication.get_or_insert(mode);
            if first.value != mode.value {
                let reason = Reason::Authentication(first.value, mode.value);
                report(first.span, mode.span, reason);
            }
        }
        let l7 = ask.l7.as_ref().filter(|l7| is_read(&l7.parser, port));
        if let Some(conflict) = self.add_parser(ask, l7.is_some()) {
            // What else does not fit follows from it.
            return found(conflict);
        }
        if let Some(tls) = &ask.tls {
            for (merged, own, field) in [
                (&mut self.terminating, &tls.terminating, "terminatingTLS"),
                (&mut self.originating, &tls.originating, "originatingTLS"),
            ] {
                let Some(own) = own else { continue };
                let first = merged.get_or_insert(own);
                if first.value != own.value {
                    report(first.span, own.span, Reason::Tls(field));
                }
            }
        }
        if ask.tls.as_ref().is_none_or(|tls| tls.terminating.is_none()) {
            let names = ask
                .tls
                .as_ref()
                .and_then(|tls| tls.server_names.as_ref())
                .map(|names| names.span);
            let requests = l7.filter(|l7| l7.has_rules).map(|l7| l7.span);
            for (own, other) in [(names, self.requests), (requests, self.names)] {
                if let (Some(own), Some(other)) = (own, other) {
                    report(other, own, Reason::ServerNames);
                }
            }
            self.names = self.names.or(names);
            self.requests = self.requests.or(requests);
        }
        if let Some(listener) = &ask.listener {
            let own = (listener.name.as_str(), listener.span);
            let first = self.listeners.entry(listener.priority).or_insert(own);
            if first.0 != own.0 {
                let reason = Reason::Listeners(listener.priority);
                report(first.1, listener.span, reason);
            }
        }
    }

    /// Takes a parser up, unless it does not fit.
    fn add_parser(&mut self, ask: &'a ProxyUse, reads: bool) -> Option<Conflict<'a>> {
        let l7 = ask.l7.as_ref().filter(|_| reads);
        let own = if let Some(listener) = &ask.listener {
            Spanned::new(Parser::Listener, listener.span)
        } else if let Some(l7) = l7 {
            Spanned::new(Parser::Requests(&l7.parser), l7.span)
        } else {
            Spanned::new(Parser::Tls, ask.tls.as_ref()?.span)
        };
        let tls = self.tls.map(|span| Spanned::new(Parser::Tls, span));
        let misfit = if own.value == Parser::Tls {
            self.tls = self.tls.or(Some(own.span));
            self.parser.filter(|first| !first.value.is_within_tls())
        } else {
            let first = *self.parser.get_or_insert(own);
            let differs = (first.value != own.value).then_some(first);
            differs.or(tls.filter(|_| !own.value.is_within_tls()))
        }?;
        Some(Conflict {
            second: own.span,
            first: misfit.span,
            reason: Reason::Parsers(misfit.value, own.value),
        })
    }
}

/// Whether a parser for requests reads traffic on a port: all but the one for DNS are for TCP.
fn is_read(parser: &str, port: Option<PortTerm>) -> bool {
    match port {
        Some(PortTerm::Whole(protocol) | PortTerm::Range(protocol, ..)) => {
            parser == "dns" || protocol == Protocol::Tcp
        }
        // Rules for requests are refused at a named port that is not of TCP, and without a port.
        Some(PortTerm::Named(_)) | None => true,
    }
}
