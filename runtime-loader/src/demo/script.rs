//! What happens in the demo, and what is to be told of it.

use std::{net::TcpStream, thread, time::Duration};

use serde::Serialize;
use ztc_bundle::BundleFile;

use super::{
    Cast, Stage, lab,
    traffic::{self, Path},
};
use crate::{
    activate::{self, Request, Step},
    clock::Clock,
    datapath::Datapath,
    errors::{Failed, NotActivated},
    events::{Event, RuleView},
    instance,
    lab::Lab,
    meaning::Meanings,
    ring::Ring,
};

/// How long events may take from a packet to the ring buffer's reader.
const SETTLE: Duration = Duration::from_millis(20);

/// All that happened; `schema/demo.json` documents it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Play {
    /// `ztc.dev/demo/v1`.
    pub schema: &'static str,
    /// The pods and their addresses.
    pub pods: Vec<Pod>,
    /// Before the swap, and after it.
    pub rounds: Vec<Round>,
}

/// One pod.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// `namespace/name`.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<std::net::IpAddr>,
}

/// What happened under one bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// The bundle's digest.
    pub bundle: String,
    /// The generation that it became.
    pub generation: u64,
    /// From the start of the activation to the end of the flip, in microseconds.
    pub to_flip_micros: u128,
    /// Connections that were open when it became live.
    pub open: Vec<OpenConnection>,
    /// New connections.
    pub trials: Vec<Trial>,
}

/// A connection that was open across the swap.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenConnection {
    /// Who, to whom.
    #[serde(flatten)]
    pub ends: Ends,
    /// `continues` or `cut`.
    pub outcome: &'static str,
    /// Why it was cut.
    pub drop: Option<Drop>,
}

/// An attempt to connect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// Who, to whom.
    #[serde(flatten)]
    pub ends: Ends,
    /// `connected` or `dropped`; `failed` when it did not connect and no drop was reported.
    pub outcome: &'static str,
    /// Why it was dropped.
    pub drop: Option<Drop>,
}

/// Who, to whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ends {
    /// The client.
    pub from: String,
    /// The server.
    pub to: String,
    /// The server's port.
    pub port: u16,
    /// `IPv4` or `IPv6`.
    pub family: &'static str,
}

/// Why a packet was dropped.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drop {
    /// The reason.
    pub reason: &'static str,
    /// On which side.
    pub direction: &'static str,
    /// The rule that dropped it, or that isolates the pod.
    pub rule: Option<RuleView>,
    /// All of it as a phrase.
    pub because: String,
}

pub(super) fn play(cast: &Cast, stage: &Stage) -> Result<Play, NotActivated> {
    let pods = &cast.endpoints.endpoints;
    let ips: Vec<Vec<_>> = pods
        .iter()
        .map(|pod| pod.addresses.iter().map(|address| address.ip()).collect())
        .collect();
    let interfaces = pods.iter().map(|pod| pod.interface.as_str());
    let made = Lab::new(interfaces.zip(ips.iter().map(Vec::as_slice)));
    let lab_network = made.map_err(lab("making the network"))?;
    traffic::serve(&lab_network, &cast.endpoints).map_err(lab("starting the servers"))?;
    stage.go_on()?;

    let paths = traffic::paths(&cast.endpoints);
    let mut set = Set {
        cast,
        stage,
        lab: &lab_network,
        paths: &paths,
        reports: None,
    };
    let (before, open) = set.round(&cast.before, &[])?;
    let (after, _open) = set.round(&cast.after, &open)?;
    let mut pods: Vec<_> = pods
        .iter()
        .zip(ips)
        .map(|(pod, addresses)| Pod {
            name: pod.full_name(),
            addresses,
        })
        .collect();
    pods.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Play {
        schema: "ztc.dev/demo/v1",
        pods,
        rounds: vec![before, after],
    })
}

/// A connection that is open, and its path.
type Open = (Path, TcpStream);

/// Where the rounds are played.
struct Set<'a> {
    cast: &'a Cast,
    stage: &'a Stage,
    lab: &'a Lab,
    paths: &'a [Path],
    /// Where drops are reported; opened when the datapath is there.
    reports: Option<(Ring, Meanings)>,
}

impl Set<'_> {
    /// Makes a bundle live, uses the open connections, and tries all paths.
    fn round(
        &mut self,
        bundle: &BundleFile,
        open: &[Open],
    ) -> Result<(Round, Vec<Open>), NotActivated> {
        let (generation, to_flip) = self.activate(bundle)?;
        self.stage.go_on()?;

        let streams: Vec<_> = open.iter().map(|(_, stream)| stream).collect();
        let answered = traffic::still_answer(&streams);
        let drops = self.drops()?;
        let open = open.iter().zip(answered).map(|((path, _), answers)| {
            let drop = drop_of(&drops, path).filter(|_| !answers);
            OpenConnection {
                ends: self.ends(path),
                outcome: if answers { "continues" } else { "cut" },
                drop,
            }
        });
        let open = open.collect();
        self.stage.go_on()?;

        let streams = traffic::connect(self.lab, self.paths);
        let drops = self.drops()?;
        let trials = self.paths.iter().zip(&streams).map(|(path, stream)| {
            let drop = drop_of(&drops, path).filter(|_| stream.is_none());
            Trial {
                ends: self.ends(path),
                outcome: match (stream, &drop) {
                    (Some(_), _) => "connected",
                    (None, Some(_)) => "dropped",
                    (None, None) => "failed",
                },
                drop,
            }
        });
        let round = Round {
            bundle: bundle.view().digest().to_string(),
            generation,
            to_flip_micros: to_flip.as_micros(),
            open,
            trials: trials.collect(),
        };
        self.stage.go_on()?;
        let connected = self.paths.iter().zip(streams);
        let connected = connected.filter_map(|(path, stream)| Some((*path, stream?)));
        Ok((round, connected.collect()))
    }

    fn activate(&self, bundle: &BundleFile) -> Result<(u64, Duration), NotActivated> {
        let store = self.stage.store();
        let activate = || {
            activate::activate(&Request {
                bundle: bundle.view(),
                endpoints: &self.cast.endpoints,
                node: None,
                pins: &self.stage.pins,
                store: &store,
                lock: &self.stage.lock,
            })
        };
        let node = self.lab.node();
        let activation = node
            .run(|| Ok(activate()))
            .map_err(lab("entering the node"))??;
        let until_flip = activation.times.iter();
        let until_flip = until_flip.filter(|(step, _)| *step <= Step::Flip);
        Ok((
            activation.generation,
            until_flip.map(|(_, time)| *time).sum(),
        ))
    }

    /// The drops that were reported since the last time.
    fn drops(&mut self) -> Result<Vec<Event>, NotActivated> {
        thread::sleep(SETTLE);
        let (ring, meanings) = match &mut self.reports {
            Some(reports) => reports,
            none => {
                let datapath = Datapath::adopt(self.stage.pins.clone())?;
                let name = instance::of(&self.stage.pins)?;
                let meanings = Meanings::new(self.stage.store(), name);
                none.insert((Ring::open(&datapath)?, meanings))
            }
        };
        let clock = Clock::now();
        let mut drops = Vec::new();
        while let Some(record) = ring.next() {
            let meaning = meanings.of(record.generation).map_err(Failed::from)?;
            let event = Event::new(&record, meaning, &clock);
            if event.is_drop() {
                drops.push(event);
            }
        }
        Ok(drops)
    }

    fn ends(&self, path: &Path) -> Ends {
        let pods = &self.cast.endpoints.endpoints;
        let name = |place: usize| {
            pods.get(place)
                .map(|pod| pod.full_name())
                .unwrap_or_default()
        };
        Ends {
            from: name(path.from),
            to: name(path.to),
            port: path.port,
            family: if path.source.is_ipv4() {
                "IPv4"
            } else {
                "IPv6"
            },
        }
    }
}

/// The drop of a packet from this client to this server.
fn drop_of(drops: &[Event], path: &Path) -> Option<Drop> {
    let event = drops.iter().find(|event| {
        event.source.address == path.source
            && event.destination.address == path.destination
            && event.destination.port == path.port
    })?;
    Some(Drop {
        reason: event.reason?,
        direction: event.direction,
        rule: event.rule.clone(),
        because: event.because(),
    })
}
