//! Rules, port classes, decisions and verdicts.

use std::collections::BTreeSet;

use ztc_abi::{Action, Peer, Verdict, decide::Decision, ports::FIRST_PORT_CLASS};

use super::{FILTER, Generator, n};
use crate::records::*;

impl Generator {
    pub(super) fn rules(&mut self) {
        let names: BTreeSet<_> = (0..=self.up_to(5))
            .map(|_| (self.text(), self.text(), self.text()))
            .collect();
        for (policy, (kind, namespace, name)) in (0..).zip(names) {
            let (file, line, column) = (self.text(), 1 + self.up_to(99), 1 + self.up_to(40));
            self.contents.policies.push(PolicyRecord {
                kind,
                namespace,
                name,
                file,
                line,
                column,
            });
            for _ in 0..=self.up_to(3) {
                let line = line + self.up_to(20);
                let rule = RuleRecord {
                    policy,
                    file,
                    line,
                    column: 1 + self.up_to(20),
                    end_line: line + 1 + self.up_to(3),
                    end_column: 1 + self.up_to(20),
                    path: self.text(),
                    summary: self.text(),
                    direction: self.random.u8(0..=1),
                    action: self.random.u8(1..=RuleRecord::PASS),
                    isolates: self.random.u8(0..=1),
                    audit: self.random.u8(0..=1),
                    tier: self.random.choice([0, 2]).unwrap_or(0),
                    priority: self.up_to(1000),
                    log: self.text(),
                };
                let normal = RuleRecord {
                    tier: 1,
                    priority: 0,
                    ..rule
                };
                let rule = if self.random.bool() { rule } else { normal };
                self.contents.rules.push(rule);
            }
        }
        for _ in 0..self.up_to(4) {
            let (name, rule) = (self.text(), 1 + self.up_to(n(&self.contents.rules) - 1));
            let record = DegradationRecord { name, rule };
            self.contents.degradations.push(record);
        }
        self.contents.degradations.sort_unstable();
        self.contents.degradations.dedup();
    }

    pub(super) fn verdict(&mut self) -> u32 {
        let action = [Action::NotAllowed, Action::Allow, Action::Deny];
        let action = self.random.choice(action).unwrap_or(Action::Deny);
        let deciding = (1u32..).zip(&self.contents.rules);
        let deciding = deciding.filter(|(_, rule)| rule.action != RuleRecord::PASS);
        let numbers: Vec<u32> = deciding.map(|(number, _)| number).chain([0]).collect();
        let rule = self.random.choice(numbers).unwrap_or_default();
        Verdict::new(action, rule).0
    }

    pub(super) fn tables(&mut self) {
        let filter = self.contents.strings.iter().position(|s| s == FILTER);
        let filter = filter.and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
        let meta = MetaRecord {
            cluster: self.text(),
            revision: self.text(),
            n_workloads: self.up_to(100),
            n_rows: self.up_to(6),
            n_port_maps: self.up_to(4),
            n_port_classes: u32::from(FIRST_PORT_CLASS) + 1 + self.up_to(9),
            labels: if self.random.bool() { filter } else { 0 },
            options: self.text(),
        };
        self.contents.meta = meta;
        for protocol in 0..5u8 {
            let mut start = self.random.u16(0..100);
            for _ in 0..self.up_to(3) {
                let end = start + self.random.u16(0..5000);
                let lowest = u32::from(FIRST_PORT_CLASS);
                let class = self.random.u32(lowest..meta.n_port_classes);
                self.contents.ports.push(PortRecord {
                    protocol,
                    zero: 0,
                    class: u16::try_from(class).unwrap_or(FIRST_PORT_CLASS),
                    start,
                    end,
                });
                start = end + 1 + self.random.u16(0..5000);
            }
        }
        for port_map in 1..=meta.n_port_maps {
            let count = 1 + self.up_to(4);
            let last = meta.n_port_classes - 1;
            let classes: BTreeSet<u32> = (0..count).map(|_| self.up_to(last)).collect();
            for port_class in classes {
                let verdict = self.verdict();
                self.contents.verdicts.push(VerdictRecord {
                    port_map,
                    port_class,
                    verdict,
                });
            }
        }
    }

    pub(super) fn decisions(&mut self) {
        let meta = self.contents.meta;
        for row in 1..=meta.n_rows {
            let mut peers = BTreeSet::from([Peer::ANY_INSIDE.0, Peer::ANY_OUTSIDE.0]);
            for _ in 0..self.up_to(6) {
                let peer = match self.up_to(4) {
                    0 => self.class().unwrap_or(Peer::HOST.0),
                    1 => Peer::FIRST_GROUP + self.up_to(3),
                    2 => Peer::FIRST_ADDRESS_CLASS + self.up_to(3),
                    3 => match n(&self.contents.node_classes) {
                        0 => Peer::REMOTE_NODE.0,
                        n => Peer::FIRST_NODE + self.up_to(2 * n - 1),
                    },
                    _ => self.random.choice(Peer::RESERVED).unwrap_or(Peer::HOST).0,
                };
                peers.insert(peer);
            }
            for peer in peers {
                let mut port_map = self.up_to(meta.n_port_maps);
                if port_map > 0 && self.random.bool() {
                    port_map |= Decision::BY_PROTOCOL;
                }
                let rest = self.verdict();
                let record = DecisionRecord {
                    row,
                    peer,
                    port_map,
                    rest,
                };
                self.contents.decisions.push(record);
            }
        }
        let rules: Vec<_> = (1..).zip(self.contents.rules.clone()).collect();
        for row in 1..=meta.n_rows {
            for (rule, _) in rules.iter().filter(|(_, rule)| rule.isolates == 1) {
                if self.random.bool() {
                    self.contents
                        .isolations
                        .push(IsolationRecord { row, rule: *rule });
                }
            }
        }
    }
}
