//! The flags of `ztc paths`.

use clap::{Args, ValueEnum};

use super::AskArgs;
use crate::selection::FORMS;

/// `ztc paths`.
///
/// A route begins at somebody of `--from`, ends at somebody of `--to`, and goes through workloads
/// that may be reached one after another. Nobody of `--from` or `--to` stands in between, and no
/// two stops there are ones that no policy tells apart: such routes hold shorter ones.
#[derive(Debug, Args)]
#[command(after_long_help = format!("For SELECTION {FORMS}."))]
pub(crate) struct PathsArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,

    /// Where routes begin (repeatable)
    #[arg(long, value_name = "SELECTION", required = true)]
    pub(crate) from: Vec<String>,

    /// Where routes end (repeatable) [default: `sensitive` in ztc.toml]
    #[arg(long, value_name = "SELECTION")]
    pub(crate) to: Vec<String>,

    /// Only routes whose last hop is open at one of these ports: 5432/TCP, 8000-8090/TCP, TCP or
    /// 8/ICMP (repeatable)
    #[arg(long, value_name = "PORTS")]
    pub(crate) port: Vec<String>,

    /// Ask `--port` of every hop, as of something that spreads over one port
    #[arg(long, requires = "port")]
    pub(crate) every_hop: bool,

    /// All routes, not the shortest alone
    #[arg(long)]
    pub(crate) all: bool,

    /// The most hops of a route [default: 4 with --all, else as many as it takes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_hops: Option<u32>,

    /// How many routes are written; those that differ in one stop only count as one
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,

    /// End with exit code 1 when there is a route; with `--max-hops`, one of at most so many
    #[arg(long)]
    pub(crate) fail: bool,

    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: PathsFormat,
}

/// The form of routes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum PathsFormat {
    /// A table for people
    #[value(alias = "table")]
    Text,
    /// One object (docs/schema/paths.v1.schema.json)
    Json,
    /// Graphviz
    #[value(alias = "graphviz")]
    Dot,
    /// A flowchart that GitHub and GitLab show
    Mermaid,
    /// A picture
    Svg,
    /// A page with the picture, to fold and to search
    Html,
}
