//! A network namespace that lives as long as its handle, and running code inside it.
//!
//! It has no name in any file system: when the process ends, however it ends, the kernel removes
//! the namespace with every interface, address, route and socket in it. Must not know what runs
//! inside.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    thread,
};

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

/// A network namespace.
#[derive(Debug)]
pub struct Namespace {
    handle: OwnedFd,
}

impl Namespace {
    /// Makes a new, empty one.
    pub fn new() -> io::Result<Self> {
        let handle = on_a_thread(|| {
            // SAFETY: only the network namespace of this thread is unshared. Its file descriptor
            // table stays shared, which is what the function asks callers to ensure.
            unsafe { unshare_unsafe(UnshareFlags::NEWNET) }?;
            File::open("/proc/thread-self/ns/net")
        })?;
        Ok(Self {
            handle: handle.into(),
        })
    }

    /// Runs `work` on a thread of its own inside the namespace. Sockets that it opens stay in the
    /// namespace, whichever thread uses them later.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        on_a_thread(|| {
            move_into_link_name_space(self.handle.as_fd(), Some(LinkNameSpaceType::Network))?;
            work()
        })
    }
}

impl AsFd for Namespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// A thread cannot be given back its namespace when leaving fails, so it is never reused.
fn on_a_thread<T: Send>(work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("namespace".into())
            .spawn_scoped(scope, work)?;
        thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the thread in the namespace panicked")))
    })
}
