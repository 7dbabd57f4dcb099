//! The flags of `ztc reach`.

use clap::{Args, ValueEnum};

use super::AskArgs;
use crate::selection::FORMS;

/// `ztc reach`.
///
/// Connections that are alike are one line: the same ports for the same reasons. `shop/*` is every
/// workload of a namespace, `cluster` every workload, `entities` every entity and node, `world`
/// every address outside the cluster; `shop/* (not shop/db)` is all but that one. A side is
/// decided by a rule, or it is `open` (nothing isolates this end), `own node` (a pod's own node
/// may always reach it, on ports that rules allow it besides, too), or `-` (no pod, so no policy
/// applies to it). A single pod is never meant to talk to itself.
#[derive(Debug, Args)]
#[command(after_long_help = format!("For SELECTION {FORMS}."))]
pub(crate) struct ReachArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,

    /// Only connections with one of these at either end (repeatable)
    #[arg(long, value_name = "SELECTION")]
    pub(crate) workload: Vec<String>,

    /// Only connections that `--workload` opens (egress) or that are opened to it (ingress);
    /// without `--workload`, that any workload does
    #[arg(long, value_name = "DIRECTION")]
    pub(crate) direction: Option<DirectionChoice>,

    /// Only connections that these open (repeatable)
    #[arg(long, value_name = "SELECTION")]
    pub(crate) from: Vec<String>,

    /// Only connections that are opened to these (repeatable)
    #[arg(long, value_name = "SELECTION")]
    pub(crate) to: Vec<String>,

    /// Only what permits one of these ports, with whatever the same reasons permit besides:
    /// 5432/TCP, 8000-8090/TCP, TCP or 8/ICMP (repeatable)
    #[arg(long, value_name = "PORTS")]
    pub(crate) port: Vec<String>,

    /// Write every connection on its own, between two parties
    #[arg(long)]
    pub(crate) no_fold: bool,

    /// What a pod that does not exist yet could reach in each namespace, and who could reach it:
    /// one without labels, and what labels and names of ports that policies ask for add to that.
    /// A `!` is before what a rule about workloads of another namespace lets through
    #[arg(long, conflicts_with_all = [
        "workload", "direction", "from", "to", "port", "no_fold",
    ])]
    pub(crate) exposure: bool,

    /// Of `--exposure`, only these namespaces (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Vec<String>,

    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ReachFormat,
}

/// Who is asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum DirectionChoice {
    /// Connections to it
    Ingress,
    /// Connections that it opens
    Egress,
}

/// The form of connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ReachFormat {
    /// A table for people
    #[value(alias = "text")]
    Table,
    /// One object (docs/schema/reach.v1.schema.json)
    Json,
    /// Comma-separated values: a line for each pair, range of ports and reason
    Csv,
    /// A table for a pull request
    Markdown,
    /// Graphviz
    #[value(alias = "graphviz")]
    Dot,
    /// A flowchart that GitHub and GitLab show
    Mermaid,
    /// A picture
    Svg,
    /// A page with the picture, to fold and to search
    Html,
    /// The list of np-guard's netpol-analyzer (docs/netpol-analyzer.md)
    NetpolAnalyzer,
}
