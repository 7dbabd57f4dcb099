//! The demo: real connections between pods made for the purpose, under one bundle and then another.
//!
//! Must not print. What it does, in order:
//!
//! 1. Remove what a demo left behind that was killed.
//! 2. Make a network namespace per pod, and one for the node between them.
//! 3. Make the first bundle live; connect every pod to every port of every other.
//! 4. Make the second bundle live while the connections are open; use them again.
//! 5. Connect again, and compare.
//! 6. Remove everything, also when something fails or a signal comes.

mod script;
mod traffic;

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use ztc_bundle::BundleFile;

pub use script::{Drop, Ends, OpenConnection, Play, Pod, Round, Trial};

use crate::{
    endpoints::EndpointsFile,
    errors::{Failed, NotActivated},
    pins::Pins,
    store::{Lock, Store},
};

/// What the demo plays with.
#[derive(Debug)]
pub struct Cast {
    /// The bundle to begin with.
    pub before: BundleFile,
    /// The bundle to swap in.
    pub after: BundleFile,
    /// The pods.
    pub endpoints: EndpointsFile,
}

/// The bundles and endpoints that are built in: `examples/01-frontend-backend`, before and after.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// The bundle to begin with.
    pub before: &'static [u8],
    /// The bundle to swap in.
    pub after: &'static [u8],
    /// The pods.
    pub endpoints: &'static [u8],
}

/// See [`BuiltIn`].
pub const BUILT_IN: BuiltIn = BuiltIn {
    before: include_bytes!("../../demo/before.ztcb"),
    after: include_bytes!("../../demo/after.ztcb"),
    endpoints: include_bytes!("../../demo/endpoints.json"),
};

/// Plays the demo. What was made is removed when this returns, whatever it returns.
pub fn play(cast: &Cast, pin_root: &Path) -> Result<Play, NotActivated> {
    if !rustix::process::geteuid().is_root() {
        return Err(Failed::NeedsRoot("the demo").into());
    }
    let name = pin_root.file_name().and_then(OsStr::to_str);
    let Some(name) = name.filter(|name| name.starts_with("ztc-demo")) else {
        return Err(Failed::NotADemo(pin_root.into()).into());
    };
    let stage = Stage::set(pin_root, name)?;
    script::play(cast, &stage)
}

/// What has to be removed in the end.
struct Stage {
    pins: Pins,
    directory: PathBuf,
    lock: Lock,
    interrupted: Arc<AtomicBool>,
}

impl Stage {
    /// Takes the lock, so that two demos do not remove each other's things, then clears up after
    /// one that was killed.
    fn set(pin_root: &Path, name: &str) -> Result<Self, NotActivated> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))
                .map_err(lab("listening for signals"))?;
        }
        let pins = Pins::new(pin_root);
        // Only root can write there, so nobody can have put a link in the way.
        let directory = Path::new("/run").join(name);
        let lock = Store::new(&directory).lock()?;
        let stage = Self {
            pins,
            directory,
            lock,
            interrupted,
        };
        stage
            .pins
            .remove()
            .map_err(lab("removing what an earlier demo left"))?;
        Ok(stage)
    }

    fn store(&self) -> Store {
        Store::new(&self.directory)
    }

    /// An error when a signal has come.
    fn go_on(&self) -> Result<(), Failed> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(Failed::Interrupted);
        }
        Ok(())
    }
}

impl std::ops::Drop for Stage {
    fn drop(&mut self) {
        // Whatever stays is removed by the next demo.
        let _removed = self.pins.remove();
        let _removed = fs::remove_dir_all(&self.directory);
    }
}

/// Names what was being done when the kernel refused.
fn lab(doing: &'static str) -> impl Fn(io::Error) -> Failed {
    move |source| Failed::Lab { doing, source }
}
