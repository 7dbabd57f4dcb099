//! `detach`: nothing is enforced any more, and nothing of the datapath is left.

use std::process::ExitCode;

use super::{Output, apply::counted};
use crate::{
    args::DetachArguments,
    attach,
    datapath::{Datapath, DatapathError, PROGRAMS},
    errors::NotActivated,
    pins::Pins,
    store::Store,
};

pub(super) fn run(arguments: &DetachArguments, output: &Output) -> Result<ExitCode, NotActivated> {
    let store = Store::new(&arguments.places.state_dir);
    let lock = store.lock()?;
    let pins = Pins::new(&arguments.places.pin_root);
    let root = pins.root().display().to_string();
    let datapath = match Datapath::adopt(pins) {
        Ok(datapath) => datapath,
        Err(DatapathError::NotLoaded(_)) => {
            output.line(&format!("nothing is loaded under {root}"))?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error.into()),
    };
    let generation = datapath.generation()?;
    let n_interfaces = attach::attached(&datapath)?.len();
    datapath.detach()?;
    let mut state = store.read()?;
    state.asked = None;
    state.generations.clear();
    store.write(&lock, &state)?;
    store.collect(&lock, &state)?;
    let n_programs = PROGRAMS.len();
    let interfaces = counted(n_interfaces, "interface", "interfaces");
    output.line(&format!("took the programs off {interfaces}"))?;
    output.line(&format!(
        "removed {n_programs} programs and {} maps from {root}; generation {generation} was live",
        ztc_abi::maps::ALL.len()
    ))?;
    output.line("nothing is enforced any more")?;
    Ok(ExitCode::SUCCESS)
}
