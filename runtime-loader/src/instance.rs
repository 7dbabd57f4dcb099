//! Which datapath this is: a text that no other set of maps has or ever had on this machine.
//!
//! Generations are numbered within one datapath. Must not know what is in it.

use std::{fs, path::Path};

use aya::maps::MapInfo;
use ztc_abi::maps;

use crate::{
    datapath::{DatapathError, Result},
    pins::Pins,
};

/// Differs after every boot; the kernel numbers maps anew then.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// The name of the datapath that is pinned here.
pub fn of(pins: &Pins) -> Result<String> {
    let info =
        MapInfo::from_pin(pins.map(maps::GENERATION)).map_err(|error| DatapathError::Map {
            map: maps::GENERATION,
            error,
        })?;
    let boot = fs::read_to_string(BOOT).map_err(|error| DatapathError::Io {
        path: Path::new(BOOT).into(),
        error,
    })?;
    Ok(format!("{}/{}", boot.trim(), info.id()))
}
