//! Every command and flag; the doc comment of each is its manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{endpoints::Name, pins::Pins};

/// Enforces compiled network policy on this node.
///
/// Exit codes: 0 done; 1 a bundle was refused (the policy that was running keeps running), or
/// `status` found drift; 2 the command could not be carried out.
#[derive(Debug, Parser)]
#[command(name = "ztc-loader", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks a bundle, tries it in the kernel, and makes it the policy of this node in one step.
    Apply(ApplyArguments),
    /// Shows what was asked for and what runs.
    Status(StatusArguments),
    /// Shows what the kernel lets pass and drops, and the line that says so.
    Observe(ObserveArguments),
    /// Asks the kernel who may talk to whom under a bundle, without making it the policy.
    Probe(ProbeArguments),
    /// Makes the bundle that ran before the present one the policy again, as a new generation.
    Rollback(RollbackArguments),
    /// Takes the programs off every interface and removes them: nothing is enforced any more.
    Detach(DetachArguments),
    /// Shows it all on real TCP connections between network namespaces made for the purpose.
    Demo(DemoArguments),
}

/// Where things are.
#[derive(Clone, Debug, Args)]
pub struct Places {
    /// Directory below which programs, maps and links are pinned; must be in a bpffs.
    #[arg(long, value_name = "DIR", default_value = Pins::DEFAULT_ROOT)]
    pub pin_root: PathBuf,
    /// Directory of what the loader remembers.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/ztc")]
    pub state_dir: PathBuf,
}

/// How to write the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one object, or one per line for events; JSON.md says which.
    Json,
}

/// `apply`.
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// The bundle, as `ztc build` wrote it.
    pub bundle: PathBuf,
    /// The endpoints of this node: a JSON file, see schema/endpoints.json.
    #[arg(long, value_name = "FILE")]
    pub endpoints: PathBuf,
    /// This node's name; otherwise the endpoints file's. The addresses that the bundle gives it
    /// are the local host.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub node: Option<Name>,
    /// Refuse the bundle unless this is its digest.
    #[arg(long, value_name = "DIGEST")]
    pub digest: Option<ztc_bundle::Digest>,
    /// How to report.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    /// Where things are.
    pub places: Places,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    /// Where things are.
    pub places: Places,
}

/// `observe`.
#[derive(Debug, Args)]
pub struct ObserveArguments {
    /// How to write events.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Go on as events come, until interrupted.
    #[arg(long, short)]
    pub follow: bool,
    /// Only the newest of the events that are waiting.
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    pub last: Option<usize>,
    /// Only drops.
    #[arg(long)]
    pub drops_only: bool,
    /// Only what audited policies would have treated otherwise.
    #[arg(long)]
    pub audit_only: bool,
    /// Only events of this endpoint, `namespace/name`, on either side.
    #[arg(long, value_name = "ENDPOINT")]
    pub endpoint: Option<String>,
    #[command(flatten)]
    /// Where things are.
    pub places: Places,
}

/// `probe`.
#[derive(Debug, Args)]
pub struct ProbeArguments {
    /// The bundle, as `ztc build` wrote it.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// The questions, one JSON object per line as for `ztc explain --flows`; `-` for standard
    /// input.
    #[arg(long, value_name = "FILE")]
    pub flows: PathBuf,
    /// How to write the answers, one line each, as `ztc explain --flows` writes them.
    #[arg(long, value_enum, default_value_t)]
    pub format: LinesFormat,
    /// Say on standard error how many were answered, and how fast.
    #[arg(long, short)]
    pub verbose: bool,
}

/// How to write answers that are as many as the questions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum LinesFormat {
    /// One object per line.
    #[default]
    Json,
}

/// `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// How to report.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    /// Where things are.
    pub places: Places,
}

/// `detach`.
#[derive(Debug, Args)]
pub struct DetachArguments {
    #[command(flatten)]
    /// Where things are.
    pub places: Places,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// How to report.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The bundle to begin with, instead of the one built in.
    #[arg(long, value_name = "BUNDLE", requires_all = ["after", "endpoints"])]
    pub before: Option<PathBuf>,
    /// The bundle to swap in.
    #[arg(long, value_name = "BUNDLE", requires_all = ["before", "endpoints"])]
    pub after: Option<PathBuf>,
    /// The pods to make; their container ports are what is connected to.
    #[arg(long, value_name = "FILE", requires_all = ["before", "after"])]
    pub endpoints: Option<PathBuf>,
    /// Directory below which the demo pins its programs.
    #[arg(long, value_name = "DIR", default_value = "/sys/fs/bpf/ztc-demo")]
    pub pin_root: PathBuf,
}

fn name(text: &str) -> Result<Name, String> {
    Name::try_from(text.to_owned())
}
