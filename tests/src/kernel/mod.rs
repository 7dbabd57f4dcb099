//! A bundle's tables in the kernel: a slot that is never live, asked with real packets.

mod packet;

use std::env;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use ztc_abi::{Direction, Verdict};
use ztc_bundle::Bundle;
use ztc_loader::datapath::Datapath;
use ztc_loader::fill::{fill, read_back};
use ztc_loader::pins::Pins;
use ztc_loader::probe::Prober;
use ztc_loader::tables::tables;

use self::packet::frame;
use crate::pipeline::Question;
use crate::say::say;

/// With no generation live, this slot is idle.
const SLOT: u32 = 1;
const BPF_FILE_SYSTEM: &str = "/sys/fs/bpf";

/// A datapath of this test's own.
pub(crate) struct Kernel {
    datapath: Datapath,
    prober: Prober,
    root: PathBuf,
}

/// A kernel whose idle slot holds a bundle.
pub(crate) struct Staged<'a> {
    kernel: &'a Kernel,
    bundle: Bundle<'a>,
    node: String,
}

impl Kernel {
    /// The kernel, if this run can and may ask it.
    pub(crate) fn if_possible() -> Option<Self> {
        match Self::open() {
            Ok(kernel) => Some(kernel),
            Err(reason) => {
                let required = env::var("ZTC_REQUIRE_KERNEL").is_ok_and(|value| value == "1");
                assert!(!required, "the kernel's part cannot run: {reason}");
                say(format_args!("skipped: the kernel's part: {reason}"));
                None
            }
        }
    }

    /// Loads and pins the programs; the error says why that is not possible here.
    fn open() -> Result<Self, String> {
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        if !mounts
            .lines()
            .any(|line| line.split(' ').nth(1) == Some(BPF_FILE_SYSTEM))
        {
            return Err(format!(
                "no bpf file system is mounted at {BPF_FILE_SYSTEM}"
            ));
        }
        // Tests run side by side, and each wants a slot of its own.
        static N_OPENED: AtomicU32 = AtomicU32::new(0);
        let (process, n) = (std::process::id(), N_OPENED.fetch_add(1, Ordering::Relaxed));
        let root = PathBuf::from(BPF_FILE_SYSTEM).join(format!("ztc-tests-{process}-{n}"));
        let opened = Datapath::open(Pins::new(&root))
            .and_then(|datapath| Ok((Prober::new(&datapath)?, datapath)));
        match opened {
            Ok((prober, datapath)) => Ok(Self {
                datapath,
                prober,
                root,
            }),
            Err(error) => {
                // Without the right to load programs, only empty folders were made.
                let _removed = Pins::new(&root).remove();
                Err(error.to_string())
            }
        }
    }

    /// Fills the idle slot as a loader on this node would; subjects elsewhere see the addresses of
    /// nodes differently.
    pub(crate) fn stage<'a>(
        &'a self,
        bundle: &Bundle<'a>,
        node: &str,
    ) -> Result<Staged<'a>, String> {
        let tables = tables(bundle, &[], Some(node));
        fill(&self.datapath, SLOT, &tables).map_err(|error| error.to_string())?;
        read_back(&self.datapath, SLOT, &tables).map_err(|error| error.to_string())?;
        Ok(Staged {
            kernel: self,
            bundle: *bundle,
            node: node.into(),
        })
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        // What is left behind is only pins of this test's own, also when it fails.
        if let Err(error) = Pins::new(&self.root).remove() {
            say(format_args!(
                "cannot remove {}: {error}",
                self.root.display()
            ));
        }
    }
}

impl Staged<'_> {
    /// Sends a packet for each of the peer's addresses; how many. A peer that this node sees
    /// as something else than the subject's own node does is left out.
    pub(crate) fn ask(&self, question: &Question, expected: Verdict) -> Result<usize, String> {
        let mut n_packets = 0;
        for address in &question.addresses {
            if self.bundle.peer_seen_from(*address, &self.node) != question.peer {
                continue;
            }
            let subject: IpAddr = match address {
                IpAddr::V4(_) => Ipv4Addr::new(10, 1, 2, 3).into(),
                IpAddr::V6(_) => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0x99).into(),
            };
            let (source, destination) = match question.direction {
                Direction::Ingress => (*address, subject),
                Direction::Egress => (subject, *address),
            };
            let Some(packet) = frame(source, destination, question.protocol, question.port) else {
                continue;
            };
            let prober = &self.kernel.prober;
            let answer = prober
                .ask(SLOT, question.row, question.direction, &packet)
                .map_err(|error| format!("{error:?}"))?;
            n_packets += 1;
            let agrees = answer.reason.is_none()
                && answer.verdict == expected
                && answer.peer.0 == question.peer.peer
                && answer.passes == expected.is_allow();
            if !agrees {
                return Err(format!(
                    "{address}: {answer:?} where {expected:?} was expected"
                ));
            }
        }
        Ok(n_packets)
    }
}
