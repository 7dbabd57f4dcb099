//! `ztc-loader`: parse, run, exit.

use std::process::ExitCode;

use clap::Parser as _;
use ztc_loader::{args::Arguments, commands};

fn main() -> ExitCode {
    commands::run(Arguments::parse())
}
