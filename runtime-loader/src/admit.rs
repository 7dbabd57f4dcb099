//! The reasons to refuse a bundle that can be seen before anything is touched.
//!
//! Must not know the kernel: what only it can tell is in `activate.rs`.

use ztc_abi::maps;
use ztc_bundle::{BundleFile, Digest};

use crate::errors::Refused;

/// Reads a bundle, checks every byte of it, and compares its digest with the one asked for.
pub fn admit(bytes: Vec<u8>, asked: Option<Digest>) -> Result<BundleFile, Refused> {
    let bundle = BundleFile::parse(bytes)?;
    let found = bundle.view().digest();
    match asked {
        Some(asked) if asked != found => Err(Refused::DigestMismatch { asked, found }),
        _ => Ok(bundle),
    }
}

/// Whether this many endpoints fit. The other maps are made as large as their tables.
pub fn admit_endpoints(n_endpoints: usize) -> Result<(), Refused> {
    if usize::try_from(maps::MAX_ENDPOINTS).is_ok_and(|capacity| n_endpoints <= capacity) {
        return Ok(());
    }
    Err(Refused::TooLarge {
        map: maps::ENDPOINTS,
        entries: n_endpoints,
        capacity: maps::MAX_ENDPOINTS,
    })
}
