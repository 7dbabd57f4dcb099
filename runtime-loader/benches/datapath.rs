//! What the datapath costs, with BPF_PROG_TEST_RUN. Needs root; prints a table.
//!
//! Every number is the mean over a round of runs of one packet in a warm cache, in the best of many
//! rounds. Columns "alone" have the cost of reading the packet, which all layouts share, taken
//! away: `decision alone` is `parse and decide` less `parse`, which leaves peer, decision, port
//! class and verdict, and nothing else; `LPM layout alone` is the same for Cilium's layout.

use std::{fs, path::Path, time::Instant};

use aya::{
    Ebpf, EbpfLoader,
    maps::{LpmTrie, MapData, lpm_trie::Key},
    programs::{SchedClassifier, TestRun as _, TestRunOptions},
};
use ztc_abi::{
    Action, Address, Peer, PeerEntry, Protocol, Verdict,
    decide::{Decision, DecisionKey, VerdictKey},
    identity::{EndpointEntry, PrefixV4, PrefixV6},
    maps,
};
use ztc_loader::{
    datapath::{Datapath, FROM_POD, TO_POD},
    fill::{SlotTables, fill, read_back, replace_endpoints},
    frame::Frame,
    pins::Pins,
    swap::{clear, flip},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Runs per round: some milliseconds, which a busy machine leaves undisturbed now and then.
const REPEAT: u32 = 50_000;
const ROUNDS: usize = 100;
/// The interface of the test-run packets: loopback, which always exists.
const INTERFACE: u32 = 1;
const CONTEXT_BYTES: usize = 192;
const ROW: u32 = 1;
/// The row that audited policies would make of it, which says the same.
const SHADOW: u32 = 2;

/// One column of the table.
struct Size {
    n_decisions: u32,
    n_addresses: u32,
}

struct Times {
    empty: f64,
    parse: f64,
    decide: f64,
    lpm: f64,
    new_flow: f64,
    audited: f64,
    established: f64,
    reply: f64,
}

/// One number of a column.
type Time = fn(&Times) -> f64;

impl Times {
    /// Peer, decision, port class and verdict, without reading the packet.
    fn decision(&self) -> f64 {
        self.decide - self.parse
    }

    /// The same in Cilium's layout.
    fn lpm_layout(&self) -> f64 {
        self.lpm - self.parse
    }
}

fn main() -> Result<()> {
    let sizes = [
        Size {
            n_decisions: 100,
            n_addresses: 1_000,
        },
        Size {
            n_decisions: 16_000,
            n_addresses: 50_000,
        },
    ];
    let mut columns = Vec::new();
    for size in &sizes {
        columns.push(measure(size)?);
    }
    print(&sizes, &columns);
    Ok(())
}

fn measure(size: &Size) -> Result<Times> {
    let pins = Pins::new("/sys/fs/bpf/ztc-bench");
    pins.remove()?;
    let datapath = Datapath::open(pins)?;
    let tables = tables(size);
    let began = Instant::now();
    fill(&datapath, 1, &tables)?;
    let filled = began.elapsed();
    read_back(&datapath, 1, &tables)?;
    let compared = began.elapsed() - filled;
    let flipping = Instant::now();
    flip(&datapath, 1)?;
    let flipped = flipping.elapsed();
    clear(&datapath, 0)?;
    fill(&datapath, 0, &tables)?;
    say(&format!(
        "{} decisions, {} addresses: \
         fill {filled:.1?}, read back {compared:.1?}, flip {flipped:.1?}",
        size.n_decisions, size.n_addresses
    ));
    let times = run(&datapath, size);
    datapath.detach()?;
    times
}

fn run(datapath: &Datapath, size: &Size) -> Result<Times> {
    let mut ebpf = load_bench(datapath)?;
    fill_lpm(&mut ebpf, size)?;
    let context = context();
    // The packet of the last address, to the subject's port 8080.
    let first = Frame::first(
        pod(size.n_addresses - 1),
        subject(),
        Protocol::Tcp,
        40_000,
        8080,
    );
    let packet = Frame {
        tcp_flags: 0x10,
        ..first
    };
    let packet_bytes = packet.bytes()?;
    let bench = |ebpf: &mut Ebpf, name: &str| -> Result<f64> {
        let program: &mut SchedClassifier = ebpf.program_mut(name).ok_or("program")?.try_into()?;
        program.load()?;
        time(program, &packet_bytes, &context, 0)
    };
    let to_pod = SchedClassifier::from_pin(datapath.pins().program(TO_POD))?;
    let from_pod = SchedClassifier::from_pin(datapath.pins().program(FROM_POD))?;
    let passes = NEXT;
    let times = Times {
        empty: bench(&mut ebpf, "bench_empty")?,
        parse: bench(&mut ebpf, "bench_parse")?,
        decide: bench(&mut ebpf, "bench_decide")?,
        lpm: bench(&mut ebpf, "bench_lpm")?,
        established: {
            once(&to_pod, &first.bytes()?, &context)?;
            time(&to_pod, &packet_bytes, &context, passes)?
        },
        reply: time(&from_pod, &packet.answer(0x10).bytes()?, &context, passes)?,
        new_flow: new_flows(&to_pod, &context)?,
        audited: {
            let mut endpoints = tables(size).endpoints;
            for (_, endpoint) in &mut endpoints {
                endpoint.shadow_ingress = SHADOW;
            }
            replace_endpoints(datapath, 1, &endpoints)?;
            new_flows(&to_pod, &context)?
        },
    };
    Ok(times)
}

/// What the programs return when a packet passes.
const NEXT: u32 = u32::MAX;

/// A new flow with every packet: a SYN that is also a reset leaves a flow that the next SYN starts
/// again, so that each is looked up, judged, inserted and counted as a new flow. Its event is held
/// back by the limit, as almost every event of such a rate is.
fn new_flows(program: &SchedClassifier, context: &[u8]) -> Result<f64> {
    let syn_rst = Frame {
        tcp_flags: 0x02 | 0x04,
        ..Frame::first(pod(7), subject(), Protocol::Tcp, 50_000, 8080)
    };
    time(program, &syn_rst.bytes()?, context, NEXT)
}

fn once(program: &SchedClassifier, packet: &[u8], context: &[u8]) -> Result<()> {
    let mut options = TestRunOptions::new();
    options.data_in = Some(packet);
    options.ctx_in = Some(context);
    program.test_run(options)?;
    Ok(())
}

fn time(program: &SchedClassifier, packet: &[u8], context: &[u8], expected: u32) -> Result<f64> {
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let mut options = TestRunOptions::new();
        options.data_in = Some(packet);
        options.ctx_in = Some(context);
        options.repeat = REPEAT;
        let began = Instant::now();
        let result = program.test_run(options)?;
        let elapsed = began.elapsed();
        if result.return_value != expected {
            return Err(format!("returned {}, not {expected}", result.return_value).into());
        }
        // The kernel rounds its own mean to whole nanoseconds, so the wall clock is asked.
        best = best.min(elapsed.as_nanos() as f64 / f64::from(REPEAT));
    }
    Ok(best)
}

fn load_bench(datapath: &Datapath) -> Result<Ebpf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ebpf/prebuilt/ztc-bench.o");
    let object = fs::read(path)?;
    let mut loader = EbpfLoader::new();
    for name in maps::ALL {
        loader.map_pin_path(name, datapath.pins().map(name));
    }
    Ok(loader.load(&object)?)
}

fn context() -> Vec<u8> {
    let mut context = vec![0; CONTEXT_BYTES];
    context.splice(52..56, ROW.to_le_bytes());
    context
}

fn subject() -> Address {
    Address::from_ipv4([10, 255, 0, 1])
}

fn pod(index: u32) -> Address {
    Address::from_ipv4((0x0a00_0000 + index).to_be_bytes())
}

fn class(index: u32, size: &Size) -> u32 {
    Peer::FIRST_CLASS + index % size.n_decisions
}

const fn decision(port_map: u32, rest: Verdict) -> Decision {
    Decision {
        port_map,
        rest: rest.0,
    }
}

/// Every address is a pod of one of as many classes as there are decisions; each class has one
/// decision in the subject's row, with a port map of its own.
fn tables(size: &Size) -> SlotTables {
    let allow = Verdict::new(Action::Allow, 1);
    let world = |peer: Peer| PeerEntry {
        peer: peer.0,
        group: Peer::FIRST_GROUP,
    };
    let mut tables = SlotTables {
        endpoints: vec![(
            INTERFACE,
            EndpointEntry {
                class: Peer::FIRST_CLASS,
                row_ingress: ROW,
                row_egress: ROW,
                shadow_ingress: ROW,
                shadow_egress: ROW,
                ipv4: [10, 255, 0, 1],
                ipv6: [0; 16],
            },
        )],
        prefixes_v4: vec![(
            PrefixV4 {
                length: 0,
                address: [0; 4],
            },
            world(Peer::WORLD_IPV4),
        )],
        prefixes_v6: vec![(
            PrefixV6 {
                length: 0,
                address: [0; 16],
            },
            world(Peer::WORLD_IPV6),
        )],
        port_classes: vec![(Protocol::Tcp, 8080, 8080, 8), (Protocol::Tcp, 443, 443, 9)],
        n_rules: 2,
        ..SlotTables::default()
    };
    for index in 0..size.n_addresses {
        let entry = PeerEntry {
            peer: class(index, size),
            group: Peer::FIRST_GROUP + 1,
        };
        tables.peers.push((pod(index), entry));
    }
    let denied = Verdict::new(Action::NotAllowed, 2);
    for (row, rest) in [(ROW, denied), (SHADOW, allow)] {
        let peer = Peer::ANY_INSIDE.0;
        tables
            .decisions
            .push((DecisionKey { row, peer }, decision(0, rest)));
    }
    for index in 1..size.n_decisions {
        let key = DecisionKey {
            row: ROW,
            peer: class(index, size),
        };
        tables.decisions.push((key, decision(index, denied)));
        tables.verdicts.push((
            VerdictKey {
                port_map: index,
                port_class: 8,
            },
            allow,
        ));
    }
    tables
}

/// The same policy in Cilium's layout: one row per class for TCP/8080.
fn fill_lpm(ebpf: &mut Ebpf, size: &Size) -> Result<()> {
    let mut ipcache: LpmTrie<&mut MapData, [u32; 5], [u32; 6]> =
        ebpf.map_mut("IPCACHE").ok_or("IPCACHE")?.try_into()?;
    for index in 0..size.n_addresses {
        let Some(v4) = pod(index).ipv4() else {
            continue;
        };
        let key = Key::new(64, [1 << 24, u32::from_le_bytes(v4), 0, 0, 0]);
        ipcache.insert(&key, [class(index, size), 0, 0, 0, 0, 0], 0)?;
    }
    let mut policy: LpmTrie<&mut MapData, [u32; 2], [u32; 3]> =
        ebpf.map_mut("POLICY").ok_or("POLICY")?.try_into()?;
    let service = u32::from(8080u16.to_be()) << 16 | 6 << 8;
    for index in 1..size.n_decisions {
        let key = Key::new(64, [class(index, size), service]);
        policy.insert(&key, [24 << 19, 0xffff_ff01, 0], 0)?;
    }
    Ok(())
}

fn print(sizes: &[Size], columns: &[Times]) {
    let head = sizes
        .iter()
        .map(|size| format!("{} / {}", size.n_decisions, size.n_addresses));
    row("decisions / addresses", head);
    let times: [(&str, Time); 12] = [
        ("empty program", |t| t.empty),
        ("parse", |t| t.parse),
        ("parse and decide", |t| t.decide),
        ("parse and LPM layout", |t| t.lpm),
        ("new flow", |t| t.new_flow),
        ("new flow, audited", |t| t.audited),
        ("established", |t| t.established),
        ("reply", |t| t.reply),
        ("decision alone", Times::decision),
        ("LPM layout alone", Times::lpm_layout),
        ("established above empty", |t| t.established - t.empty),
        ("new flow above empty", |t| t.new_flow - t.empty),
    ];
    for (name, time) in times {
        row(
            name,
            columns
                .iter()
                .map(|column| format!("{:.1} ns", time(column))),
        );
    }
    let ratio = |column: &Times| format!("{:.2}x", column.lpm_layout() / column.decision());
    row("LPM layout / decision", columns.iter().map(ratio));
    if let [small, large] = columns {
        let ratio = format!("{:.2}x", large.decision() / small.decision());
        row(
            "decision, large / small",
            [String::new(), ratio].into_iter(),
        );
    }
}

fn row(name: &str, cells: impl Iterator<Item = String>) {
    let cells: String = cells.map(|cell| format!("{cell:>16}")).collect();
    say(&format!("{name:<28}{cells}"));
}

#[expect(clippy::print_stdout, reason = "a benchmark's table is its output")]
fn say(line: &str) {
    println!("{line}");
}
