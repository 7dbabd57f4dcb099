//! Both programs onto an interface, through tcx; the links are pinned.
//!
//! Must not know whose interface it is.

use std::{fs, io};

use aya::programs::{
    LinkOrder, SchedClassifier, TcAttachType,
    links::{FdLink, PinnedLink},
    tc::TcAttachOptions,
};
use rustix::net::{AddressFamily, SocketType, netdevice};

use crate::datapath::{Datapath, DatapathError, FROM_POD, Result, TO_POD};

/// Where each program is attached. The interface is the pod's host side, so that what the pod
/// sends comes in there.
const HOOKS: [(&str, TcAttachType); 2] = [
    (FROM_POD, TcAttachType::Ingress),
    (TO_POD, TcAttachType::Egress),
];

/// Attaches both programs to an interface of this network namespace, unless they are already.
/// Returns the interface's index.
pub fn attach(datapath: &Datapath, interface: &str) -> Result<u32> {
    let index = index_of(interface)?;
    for (program, hook) in HOOKS {
        if let Err(error) = attach_one(datapath, interface, index, program, hook) {
            // Half a filter would look like a filter.
            detach(datapath, index)?;
            return Err(error);
        }
    }
    Ok(index)
}

fn attach_one(
    datapath: &Datapath,
    interface: &str,
    index: u32,
    name: &str,
    hook: TcAttachType,
) -> Result<()> {
    let pin = datapath.pins().link(index, name);
    let mut program = datapath.program(name)?;
    if pin.exists() {
        if runs(interface, hook, &program)? {
            return Ok(());
        }
        // The interface went away and another got its index: the link leads nowhere.
        fs::remove_file(&pin).map_err(DatapathError::io(&pin))?;
    }
    let order = TcAttachOptions::TcxOrder(LinkOrder::default());
    let id = program.attach_with_options(interface, hook, order)?;
    let link: FdLink = program.take_link(id)?.try_into()?;
    link.pin(pin)?;
    Ok(())
}

/// Whether a program is attached to an interface.
fn runs(interface: &str, hook: TcAttachType, program: &SchedClassifier) -> Result<bool> {
    let id = program.info()?.id();
    let (_revision, attached) = SchedClassifier::query_tcx(interface, hook)?;
    Ok(attached.iter().any(|info| info.id() == id))
}

/// Detaches both programs from an interface, by its index: it may be gone already.
pub fn detach(datapath: &Datapath, interface: u32) -> Result<()> {
    for (program, _hook) in HOOKS {
        let pin = datapath.pins().link(interface, program);
        let unpinned = PinnedLink::from_pin(&pin).map(PinnedLink::unpin);
        match (unpinned, pin.exists()) {
            (Ok(Err(error)), true) => return Err(DatapathError::io(pin)(error)),
            (Err(error), true) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// The indexes of the interfaces that have links, in ascending order; what an earlier loader
/// attached included, and interfaces that are gone.
pub fn attached(datapath: &Datapath) -> Result<Vec<u32>> {
    let links = datapath.pins().links();
    let failed = || DatapathError::io(&links);
    let mut indexes = Vec::new();
    for entry in fs::read_dir(&links).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name();
        let index = name.to_string_lossy();
        indexes.extend(
            index
                .split('-')
                .next()
                .and_then(|index| index.parse::<u32>().ok()),
        );
    }
    indexes.sort_unstable();
    indexes.dedup();
    Ok(indexes)
}

/// The index of an interface of this network namespace.
pub fn index_of(interface: &str) -> Result<u32> {
    let index = || {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None)?;
        netdevice::name_to_index(socket, interface).map_err(io::Error::from)
    };
    index().map_err(DatapathError::io(interface))
}
