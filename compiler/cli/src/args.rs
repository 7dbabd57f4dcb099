//! Every flag. Its doc comment is its manual.

mod diff;
mod paths;
mod reach;
mod test;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::{
    diff::{DiffArgs, DiffFormat},
    paths::{PathsArgs, PathsFormat},
    reach::{DirectionChoice, ReachArgs, ReachFormat},
    test::{TestArgs, TestFormat},
};

/// Reads Kubernetes and Cilium network policies, says where they do not mean what they say, and
/// compiles them into the exact map contents that a node enforces.
///
/// Exit codes: 0 clean, 1 findings at or above the failing level (or a refusal because of errors),
/// 2 usage or environment.
#[derive(Debug, Parser)]
#[command(name = "ztc", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// When to colour the output; NO_COLOR is respected
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(crate) color: ColourChoice,

    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ColourChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check policies against the workloads they are for
    Check(CheckArgs),
    /// Compile policies into a bundle
    Build(BuildArgs),
    /// Say what a bundle holds
    Inspect(InspectArgs),
    /// Say whether one end may talk to another, and which line decides
    Explain(ExplainArgs),
    /// List the permitted connections between workloads, the outside and entities
    Reach(ReachArgs),
    /// Say which connections a change adds, removes and changes, and which rule did it
    Diff(DiffArgs),
    /// Check the assertions that stand beside the policies
    Test(TestArgs),
    /// Find the routes from one end to another through workloads that may be reached in turn
    Paths(PathsArgs),
    /// Say what a lint or an error means
    Rule(RuleArgs),
}

/// Where manifests come from.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files and directories of manifests (.yaml, .yml, .json); `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// Workloads that are not themselves checked: a snapshot, or manifests (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(crate) workloads: Vec<PathBuf>,

    /// Directory that file names in a bundle are relative to [default: the closest directory that
    /// contains every input]
    #[arg(long, value_name = "DIR")]
    pub(crate) source_root: Option<PathBuf>,
}

/// What the agents run with, and what may be left out.
#[derive(Debug, Args)]
pub(crate) struct OptionArgs {
    /// Options of the agents (docs/ztc-toml.md) [default: the nearest ztc.toml, in this directory
    /// or above it]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Read no ztc.toml
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,

    /// Set one option, whatever ztc.toml says of it (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) option: Vec<String>,

    /// Compile what is left of a rule that asks for what ztc does not enforce: l7, tls, listener,
    /// authentication, fqdn, groups, host-policies, with commas between; `all` for every one
    /// (repeatable)
    #[arg(long, value_name = "NAMES")]
    pub(crate) allow_degraded: Vec<String>,

    /// Addresses of DNS names and cloud groups: an object of the kind Resolution (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) resolution: Vec<PathBuf>,
}

/// What is asked: manifests, or a bundle.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) options: OptionArgs,

    /// Ask a bundle instead of compiling the inputs
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "paths", "workloads", "source_root", "config", "no_config", "option", "allow_degraded",
        "resolution", "keep_going",
    ])]
    pub(crate) bundle: Option<PathBuf>,

    /// Answer although there are errors: leave out the objects that Cilium or the API server would
    /// refuse, and say which
    #[arg(long)]
    pub(crate) keep_going: bool,
}

/// How loud lints are. Where flags contradict each other, a lint beats its group, a group beats
/// `warnings`, and of equals the strictest wins.
#[derive(Debug, Args)]
pub(crate) struct LevelArgs {
    /// Make a lint or a group an error; `warnings` is every lint that warns (repeatable)
    #[arg(short = 'D', long, value_name = "NAME")]
    pub(crate) deny: Vec<String>,

    /// Make a lint or a group a warning (repeatable)
    #[arg(short = 'W', long, value_name = "NAME")]
    pub(crate) warn: Vec<String>,

    /// Silence a lint or a group (repeatable)
    #[arg(short = 'A', long, value_name = "NAME")]
    pub(crate) allow: Vec<String>,
}

/// `ztc check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) options: OptionArgs,
    #[command(flatten)]
    pub(crate) levels: LevelArgs,

    /// The form of the diagnostics
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CheckFormat,

    /// The least level that fails the run (exit code 1)
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    pub(crate) fail_on: FailOn,
}

/// The form of diagnostics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people, with the lines of the files
    Text,
    /// One `file:line:column: level[name]: message` per line
    Short,
    /// One object (docs/schema/check.v1.schema.json)
    Json,
    /// Workflow commands that GitHub shows beside the lines
    Github,
}

/// The least level that fails a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors
    Error,
    /// Errors and warnings
    Warning,
}

/// `ztc build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) options: OptionArgs,
    #[command(flatten)]
    pub(crate) levels: LevelArgs,

    /// The bundle to write; it is replaced in one step, or not touched at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// The source revision to record, such as a Git commit
    #[arg(long, value_name = "TEXT")]
    pub(crate) revision: Option<String>,

    /// The form of the result
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,
}

/// The form of a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One object with a documented schema (docs/schema/)
    Json,
}

/// `ztc inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// List one section in full
    #[arg(long, value_name = "NAME")]
    pub(crate) section: Option<String>,

    /// The form of the result
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,
}

/// `ztc explain`.
///
/// An end is `namespace/pod`, `namespace/Kind/name`, `namespace/name` of a workload when only one
/// has that name, an address, an entity (host, remote-node, kube-apiserver, health, ingress, init,
/// unmanaged, world), or labels that a pod of some namespace could have:
/// `shop{app=web,tier=front}`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,

    /// The end that opens the connection
    #[arg(long, value_name = "END", required_unless_present = "flows")]
    pub(crate) from: Option<String>,

    /// The end that it opens the connection to
    #[arg(long, value_name = "END", required_unless_present = "flows")]
    pub(crate) to: Option<String>,

    /// Destination port and protocol, such as 8080/TCP, 53/UDP; 8/ICMP is ICMP type 8
    #[arg(long, value_name = "PORT/PROTOCOL", required_unless_present = "flows")]
    pub(crate) port: Option<String>,

    /// Answer many questions: one JSON object per line with from, to, protocol and port; `-` is
    /// standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "port"])]
    pub(crate) flows: Option<PathBuf>,

    /// The form of the answer; many answers are always JSON, one object per line
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,
}

/// `ztc rule`.
#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    /// The lint or error
    #[arg(value_name = "NAME", required_unless_present = "list")]
    pub(crate) name: Option<String>,

    /// List every lint and error
    #[arg(long, conflicts_with = "name")]
    pub(crate) list: bool,
}
