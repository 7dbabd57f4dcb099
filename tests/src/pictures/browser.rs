//! A page as a browser lays it out.
//!
//! Must not know pictures: it loads a page and hands back what a script in it reported.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::say::say;

/// Names under which the browser may be installed.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// No page takes longer, unless the browser hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser without a window.
pub(crate) struct Browser {
    program: PathBuf,
}

impl Browser {
    /// The browser, if there is one.
    pub(crate) fn if_installed() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        let programs = NAMES
            .iter()
            .flat_map(|name| folders.iter().map(move |f| f.join(name)));
        if let Some(program) = programs.into_iter().find(|program| program.is_file()) {
            return Some(Self { program });
        }
        let required = env::var("ZTC_REQUIRE_BROWSER").is_ok_and(|value| value == "1");
        let names = NAMES.join(", ");
        assert!(
            !required,
            "pictures cannot be looked at: none of {names} is on PATH"
        );
        say(format_args!(
            "skipped: looking at pictures: none of {names} is on PATH"
        ));
        None
    }

    /// Loads a page with this extension to its name, and returns what has become of it.
    pub(crate) fn loaded(&self, page: &str, extension: &str) -> String {
        let folder = Folder::new();
        let file = folder.path.join(format!("page.{extension}"));
        fs::write(&file, page).expect("a page is written");
        let child = Command::new(&self.program)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--dump-dom",
            ])
            .args([
                "--window-size=1600,1000",
                "--no-first-run",
                "--disable-extensions",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.path.join("profile").display()
            ))
            .arg(format!("file://{}", file.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        output(child)
    }

    /// Runs a script at the end of a page, which leaves a JSON text in an element `report`.
    pub(crate) fn report(&self, page: &str, script: &str) -> Value {
        let (before, after) = page.rsplit_once("</body>").expect("a page has a body");
        let page = format!("{before}<script>{script}</script></body>{after}");
        let dom = self.loaded(&page, "html");
        let report = dom.split_once("<pre id=\"report\">");
        let report = report.and_then(|(_, rest)| Some(rest.split_once("</pre>")?.0));
        let report = report.unwrap_or_else(|| panic!("the script did not finish:\n{dom:.2000}"));
        serde_json::from_str(report).expect("the script reports JSON")
    }
}

/// What the browser prints, unless it takes too long.
fn output(mut child: Child) -> String {
    let mut pipe = child.stdout.take().expect("the output is piped");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let begun = Instant::now();
    while child
        .try_wait()
        .expect("the browser is ours to wait for")
        .is_none()
    {
        if begun.elapsed() > PATIENCE {
            child.kill().expect("the browser is ours to end");
            panic!("the browser took longer than {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let text = reader.join().expect("the reader does not panic");
    text.expect("the browser prints UTF-8")
}

/// A folder that is gone after the test.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        static N_MADE: AtomicU32 = AtomicU32::new(0);
        let (process, n) = (std::process::id(), N_MADE.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(format!("ztc-pictures-{process}-{n}"));
        fs::create_dir_all(&path).expect("a temporary folder is made");
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Helpers of the browser may still write to its profile for a moment after it is gone.
fn remove(path: &Path) {
    for _ in 0..50 {
        if fs::remove_dir_all(path).is_ok() || !path.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}
