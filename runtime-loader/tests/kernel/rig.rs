//! A datapath of its own for each test, with one endpoint behind the loopback interface.

use std::io::Write;

use std::process;

use aya::{
    maps::{MapData, RingBuf},
    programs::{SchedClassifier, TestRun as _, TestRunOptions},
};
use ztc_abi::{
    Action, Address, Direction, DropReason, Peer, PeerEntry, Protocol, Verdict, WireField as _,
    decide::{Decision, DecisionKey, VerdictKey},
    event::PolicyEvent,
    identity::{EndpointEntry, PrefixV4, PrefixV6},
};
use ztc_loader::{
    datapath::{Datapath, DatapathError, FROM_POD, TO_POD, slot},
    fill::{SlotTables, fill, read_back},
    frame::Frame,
    pins::Pins,
    swap::{clear, flip},
};

/// The interface that test-run packets come from: loopback.
pub(crate) const INTERFACE: u32 = 1;
pub(crate) const POD: Address = Address::from_ipv4([10, 0, 0, 1]);
pub(crate) const FRIEND: Address = Address::from_ipv4([10, 0, 0, 2]);
pub(crate) const STRANGER: Address = Address::from_ipv4([192, 0, 2, 9]);
pub(crate) const POD_V6: Address = v6(1);
pub(crate) const FRIEND_V6: Address = v6(2);
pub(crate) const POD_CLASS: u32 = Peer::FIRST_CLASS;
pub(crate) const FRIEND_CLASS: u32 = Peer::FIRST_CLASS + 1;
pub(crate) const ROW_INGRESS: u32 = 1;
pub(crate) const ROW_EGRESS: u32 = 2;

/// The rules of [`tables`].
pub(crate) const ALLOWS: u32 = 1;
pub(crate) const ISOLATES: u32 = 2;
pub(crate) const DENIES: u32 = 3;

/// The port that a friend is allowed, the one that is denied, and one that no rule names.
pub(crate) const OPEN: u16 = 80;
pub(crate) const DENIED: u16 = 81;
pub(crate) const UNNAMED: u16 = 82;

const fn v6(last: u8) -> Address {
    Address::from_ipv6([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last])
}

pub(crate) struct Rig {
    pub(crate) datapath: Datapath,
    from_pod: SchedClassifier,
    to_pod: SchedClassifier,
    events: RingBuf<MapData>,
}

impl Rig {
    /// A datapath without a policy; `None`, and said so, where there is no kernel to ask.
    pub(crate) fn empty(name: &str) -> Option<Self> {
        let pins = Pins::new(format!("/sys/fs/bpf/ztc-test-{}-{name}", process::id()));
        if !rustix::process::geteuid().is_root() {
            return skip("this is not root");
        }
        let datapath = match Datapath::open(pins) {
            Ok(datapath) => datapath,
            // A container's root may not mount a bpffs. What the verifier refuses is a failure.
            Err(error @ DatapathError::Io { .. }) => return skip(&error.to_string()),
            Err(error) => panic!("{error}"),
        };
        let program = |name| {
            SchedClassifier::from_pin(datapath.pins().program(name)).expect("the program is pinned")
        };
        Some(Self {
            from_pod: program(FROM_POD),
            to_pod: program(TO_POD),
            events: datapath.events().expect("the ring buffer is pinned"),
            datapath,
        })
    }

    /// A datapath with [`tables`] live.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let rig = Self::empty(name)?;
        rig.load(&tables());
        Some(rig)
    }

    /// Makes tables live as the next generation.
    pub(crate) fn load(&self, tables: &SlotTables) {
        let live = self
            .datapath
            .generation()
            .expect("the generation is readable");
        let next = slot(live + 1);
        fill(&self.datapath, next, tables).expect("the tables fit");
        read_back(&self.datapath, next, tables).expect("the tables are there");
        flip(&self.datapath, live + 1).expect("the generation follows");
        clear(&self.datapath, slot(live)).expect("the old slot is free");
    }

    /// Runs a packet to the pod or from it; whether it passes.
    pub(crate) fn run(&self, direction: Direction, packet: &[u8]) -> bool {
        let program = match direction {
            Direction::Ingress => &self.to_pod,
            Direction::Egress => &self.from_pod,
        };
        let mut options = TestRunOptions::new();
        options.data_in = Some(packet);
        let result = program
            .test_run(options)
            .expect("the kernel runs the program");
        match result.return_value {
            u32::MAX => true,
            2 => false,
            other => panic!("the program returned {other}"),
        }
    }

    /// A frame that the pod receives; whether it passes.
    pub(crate) fn receives(&self, frame: &Frame) -> bool {
        self.run(
            Direction::Ingress,
            &frame.bytes().expect("the frame is sendable"),
        )
    }

    /// A frame that the pod sends; whether it passes.
    pub(crate) fn sends(&self, frame: &Frame) -> bool {
        self.run(
            Direction::Egress,
            &frame.bytes().expect("the frame is sendable"),
        )
    }

    /// The events since the last call.
    pub(crate) fn events(&mut self) -> Vec<PolicyEvent> {
        let mut events = Vec::new();
        while let Some(item) = self.events.next() {
            events.push(PolicyEvent::read(&item).expect("a record has the layout of the ABI"));
        }
        events
    }

    /// The reason of the one event since the last call.
    pub(crate) fn reason(&mut self) -> Option<DropReason> {
        let events = self.events();
        let [event] = events.as_slice() else {
            panic!("one event was expected, not {events:?}")
        };
        DropReason::from_number(event.reason)
    }

    /// Expects a packet to be dropped for a reason.
    #[track_caller]
    pub(crate) fn drops(&mut self, direction: Direction, packet: &[u8], reason: DropReason) {
        assert!(
            !self.run(direction, packet),
            "expected a drop: {}",
            reason.name()
        );
        assert_eq!(self.reason(), Some(reason));
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _removed = self.datapath.pins().remove();
    }
}

/// Says why past the test harness, which keeps what a passing test prints to itself.
fn skip(why: &str) -> Option<Rig> {
    assert!(
        std::env::var_os("ZTC_REQUIRE_KERNEL").is_none(),
        "ZTC_REQUIRE_KERNEL is set, and there is no kernel to ask: {why}"
    );
    let _told = writeln!(std::io::stderr(), "skipped: needs root and eBPF: {why}");
    None
}

/// The pod is isolated in both directions; its friend may use port 80, UDP 53 and ping.
pub(crate) fn tables() -> SlotTables {
    let entry = |peer: u32| PeerEntry {
        peer,
        group: Peer::FIRST_GROUP,
    };
    let mut tables = SlotTables {
        endpoints: vec![(INTERFACE, endpoint())],
        peers: vec![
            (POD, entry(POD_CLASS)),
            (POD_V6, entry(POD_CLASS)),
            (FRIEND, entry(FRIEND_CLASS)),
            (FRIEND_V6, entry(FRIEND_CLASS)),
        ],
        prefixes_v4: vec![(PrefixV4::default(), entry(Peer::WORLD_IPV4.0))],
        prefixes_v6: vec![(PrefixV6::default(), entry(Peer::WORLD_IPV6.0))],
        port_classes: vec![
            (Protocol::Tcp, OPEN, OPEN, 8),
            (Protocol::Tcp, DENIED, DENIED, 9),
            (Protocol::Udp, 53, 53, 8),
            (Protocol::Icmp, 8, 8, 8),
            (Protocol::Icmpv6, 128, 128, 8),
        ],
        verdicts: vec![
            (key(8), Verdict::new(Action::Allow, ALLOWS)),
            (key(9), Verdict::new(Action::Deny, DENIES)),
        ],
        n_rules: 3,
        ..SlotTables::default()
    };
    for row in [ROW_INGRESS, ROW_EGRESS] {
        let rest = Verdict::new(Action::NotAllowed, ISOLATES).0;
        let any = [(Peer::ANY_INSIDE.0, 0), (Peer::ANY_OUTSIDE.0, 0)];
        for (peer, port_map) in any.into_iter().chain([(FRIEND_CLASS, 1)]) {
            let decision = Decision { port_map, rest };
            tables.decisions.push((DecisionKey { row, peer }, decision));
        }
    }
    tables
}

/// The same, but the friend is allowed nothing.
pub(crate) fn closed() -> SlotTables {
    let mut tables = tables();
    tables.verdicts.clear();
    tables
}

const fn key(port_class: u32) -> VerdictKey {
    VerdictKey {
        port_map: 1,
        port_class,
    }
}

pub(crate) fn endpoint() -> EndpointEntry {
    EndpointEntry {
        class: POD_CLASS,
        row_ingress: ROW_INGRESS,
        row_egress: ROW_EGRESS,
        shadow_ingress: ROW_INGRESS,
        shadow_egress: ROW_EGRESS,
        ipv4: [10, 0, 0, 1],
        ipv6: POD_V6.bytes,
    }
}

/// The first packet of a TCP connection from the friend to the pod.
pub(crate) const fn syn(port: u16) -> Frame {
    Frame::first(FRIEND, POD, Protocol::Tcp, 40_000, port)
}
