//! A node of its own for one test: namespaces, pins, state, endpoints; removed when dropped.

use std::{
    fs,
    io::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
    time::Duration,
};

use serde_json::{Value, json};
use ztc_loader::{
    activate::{self, Activation, Request},
    admit,
    datapath::Datapath,
    endpoints::EndpointsFile,
    errors::NotActivated,
    lab::{Lab, Namespace},
    pins::Pins,
    store::Store,
};

use crate::bundles::{APPS, addresses};

/// Long enough for a lost first packet to be sent again, short enough to wait for what is denied.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// One node with a pod for each of [`APPS`].
pub(crate) struct Node {
    /// The network.
    pub(crate) lab: Lab,
    /// Where its datapath is pinned.
    pub(crate) pins: Pins,
    /// Where its state and files are.
    pub(crate) directory: PathBuf,
}

impl Node {
    /// A fresh one; `None` when this machine cannot have one, and the reason is told.
    pub(crate) fn new(name: &str) -> Option<Self> {
        if !has_kernel() {
            return None;
        }
        let unique = format!("ztc-test-{name}-{}", std::process::id());
        let all: Vec<_> = (0..APPS.len())
            .map(|app| (interface(app), addresses(app)))
            .collect();
        let pods = all
            .iter()
            .map(|(name, addresses)| (name.as_str(), addresses.as_slice()));
        let node = Self {
            lab: Lab::new(pods).expect("root can make namespaces"),
            pins: Pins::new(Path::new("/sys/fs/bpf").join(&unique)),
            directory: std::env::temp_dir().join(unique),
        };
        fs::create_dir_all(&node.directory).expect("the directory can be made");
        let text = endpoints().to_string();
        fs::write(node.endpoints(), text).expect("the file can be written");
        Some(node)
    }

    /// The endpoints file.
    pub(crate) fn endpoints(&self) -> PathBuf {
        self.directory.join("endpoints.json")
    }

    /// The state.
    pub(crate) fn store(&self) -> Store {
        Store::new(self.directory.join("state"))
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.join(name);
        fs::write(&path, bytes).expect("the file can be written");
        path
    }

    /// Makes a bundle live as `ztc-loader apply` does, in this process.
    pub(crate) fn apply(&self, bundle: &[u8]) -> Result<Activation, NotActivated> {
        let bundle = admit::admit(bundle.to_vec(), None)?;
        let endpoints = EndpointsFile::read(&self.endpoints()).expect("the file is sound");
        let store = self.store();
        let lock = store.lock()?;
        self.inside(|| {
            activate::activate(&Request {
                bundle: bundle.view(),
                endpoints: &endpoints,
                node: None,
                pins: &self.pins,
                store: &store,
                lock: &lock,
            })
        })
    }

    /// Runs something in the node's namespace.
    pub(crate) fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let done = self.lab.node().run(|| Ok(work()));
        done.expect("the namespace can be entered")
    }

    /// `ztc-loader` with these arguments, then the places of this node.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ztc-loader"));
        command
            .args(arguments)
            .arg("--pin-root")
            .arg(self.pins.root())
            .arg("--state-dir")
            .arg(self.directory.join("state"));
        command
    }

    /// Runs `ztc-loader` to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        self.inside(|| command.output())
            .expect("the command can be run")
    }

    /// The datapath, which must be loaded.
    pub(crate) fn datapath(&self) -> Datapath {
        Datapath::adopt(self.pins.clone()).expect("it is loaded")
    }

    /// Listens in a pod on both families.
    pub(crate) fn listen(&self, app: usize, port: u16) -> TcpListener {
        let pod = self.lab.pod(app).expect("there is such a pod");
        pod.run(|| TcpListener::bind(format!("[::]:{port}")))
            .expect("the port is free")
    }

    /// Connects from a pod to an address of another.
    pub(crate) fn connect(&self, from: usize, to: SocketAddr) -> std::io::Result<TcpStream> {
        let pod = self.lab.pod(from).expect("there is such a pod");
        pod.run(|| TcpStream::connect_timeout(&to, PATIENCE))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _gone = self.pins.remove();
        let _gone = fs::remove_dir_all(&self.directory);
    }
}

/// The node's end of a pod's interface.
pub(crate) fn interface(app: usize) -> String {
    format!("pod{app}")
}

/// The endpoints of the node, as its file has them.
pub(crate) fn endpoints() -> Value {
    let pods: Vec<_> = (0..APPS.len())
        .map(|app| {
            json!({
                "name": APPS[app],
                "namespace": "default",
                "labels": { "app": APPS[app] },
                "addresses": addresses(app),
                "interface": interface(app),
            })
        })
        .collect();
    json!({ "schema": "ztc.dev/endpoints/v1", "endpoints": pods })
}

/// Whether this machine can run the kernel tests; if not, says why, or fails where it must.
pub(crate) fn has_kernel() -> bool {
    static REASON: LazyLock<Option<String>> = LazyLock::new(|| try_kernel().err());
    let Some(reason) = &*REASON else { return true };
    let required = std::env::var_os("ZTC_REQUIRE_KERNEL").is_some_and(|value| value == "1");
    assert!(!required, "{reason}");
    let _told = writeln!(std::io::stderr(), "skipped: {reason}");
    false
}

fn try_kernel() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Err("not root: namespaces and eBPF programs need it".into());
    }
    Namespace::new().map_err(|error| format!("no network namespace can be made: {error}"))?;
    let root = format!("/sys/fs/bpf/ztc-test-kernel-{}", std::process::id());
    let pins = Pins::new(root);
    let loaded = Datapath::open(pins.clone()).map_err(|error| format!("no eBPF: {error}"));
    pins.remove()
        .map_err(|error| format!("no bpffs: {error}"))?;
    loaded.map(drop)
}
