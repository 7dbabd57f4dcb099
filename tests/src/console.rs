//! Runs the console blocks of the documentation and holds the documentation to what came out.
//!
//! A block that begins with ```` ```console ```` is run, one that begins with
//! ```` ```console,ignore ```` is only for reading (its page says where it is tested). `$ ` begins
//! a command, `? n` after it gives the exit code if that is not 0, the rest is standard output and
//! standard error together. `...` on a line of its own stands for any number of lines, `[..]` in a
//! line for any text. A longer fence holds output that has fences itself.
//! `ZTC_UPDATE=1 cargo test -p ztc-tests console` writes what came out.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may stop where a page is malformed"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// Documentation outside `tests/cli` and `examples`.
const PAGES: &[&str] = &[
    "README.md",
    "examples/README.md",
    "compiler/README.md",
    "lints/README.md",
];

#[test]
fn console_blocks_are_true() {
    let root = root();
    let mut pages: Vec<PathBuf> = PAGES.iter().map(|page| root.join(page)).collect();
    pages.extend(pages_below(&root.join("examples")));
    pages.extend(pages_below(&root.join("tests/cli")));
    let failures: Vec<String> = pages
        .iter()
        .filter(|page| page.exists())
        .flat_map(|page| check_page(page))
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn patterns_match_lines_and_parts_of_lines() {
    assert!(matches("a\n...\nd\n", "a\nb\nc\nd\n"));
    assert!(matches("a\n...\n", "a\n"));
    assert!(matches(
        "digest [..] (12 [..])\n",
        "digest 0af3 (12 bytes)\n"
    ));
    assert!(!matches("a\n...\nd\n", "a\nb\n"));
    assert!(!matches("a\n", "a\nb\n"));
    assert!(!matches("x[..]y\n", "xz\n"));
}

/// The program that the pages run: built once, as these tests are.
pub(crate) fn ztc() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = env::current_exe().expect("a test knows where it is");
        let profile = test.ancestors().nth(2).expect("target/PROFILE/deps/test");
        let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--package", "ztc", "--bin", "ztc"]);
        build
            .arg("--target-dir")
            .arg(profile.parent().expect("target/PROFILE"));
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let status = build.current_dir(root()).status().expect("cargo runs");
        assert!(status.success(), "ztc does not build");
        profile.join("ztc")
    })
}

/// The directory of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("tests/ is in the workspace").into()
}

/// Pages of a directory and of the directories in it.
fn pages_below(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut pages = Vec::new();
    for entry in entries {
        let path = entry.expect("the directory is readable").path();
        if path.is_dir() {
            pages.extend(pages_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages.dedup();
    pages
}

/// One command of a page.
struct Step {
    /// As written, without the `$ `.
    command: String,
    /// The lines of the page that hold exit code and output, as indexes.
    expected_lines: std::ops::Range<usize>,
}

fn check_page(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).expect("the page is readable");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let sandbox = sandbox(page);
    let mut failures = Vec::new();
    // Replacing from the back keeps the indexes of the steps before.
    let mut replacements = Vec::new();
    for step in steps(&lines) {
        let expected = lines[step.expected_lines.clone()].join("\n") + "\n";
        let actual = run(&step.command, &sandbox);
        if matches(&expected, &actual) {
            continue;
        }
        let line_number = step.expected_lines.start;
        failures.push(format!(
            "--- {}:{line_number}: {}\n--- the page says\n{expected}--- but it is\n{actual}",
            page.display(),
            step.command,
        ));
        replacements.push((step.expected_lines, actual));
    }
    fs::remove_dir_all(&sandbox).expect("the sandbox is ours");
    if env::var_os("ZTC_UPDATE").is_some() {
        for (range, actual) in replacements.into_iter().rev() {
            let updated = keeping_patterns(&lines[range.clone()], &actual);
            lines.splice(range, updated);
        }
        fs::write(page, lines.join("\n") + "\n").expect("the page is writable");
        return Vec::new();
    }
    failures
}

/// A directory of the page's own, where `examples` is the workspace's: commands may write files.
fn sandbox(page: &Path) -> PathBuf {
    let name = page.display().to_string().replace(['/', '\\', '.'], "-");
    let sandbox = env::temp_dir().join(format!("ztc-console-{}{name}", std::process::id()));
    fs::create_dir_all(&sandbox).expect("the temporary directory is writable");
    for shared in ["examples", "docs", "runtime-loader"] {
        let link = sandbox.join(shared);
        std::os::unix::fs::symlink(root().join(shared), link).expect("the sandbox is new");
    }
    // A page `NAME.md` may have inputs of its own in `NAME.in`.
    let inputs = page.with_extension("in");
    if inputs.is_dir() {
        std::os::unix::fs::symlink(&inputs, sandbox.join("in")).expect("the sandbox is new");
    }
    sandbox
}

fn steps(lines: &[String]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // The fence that ends the block we are in, and whether the block is run.
    let mut block: Option<(&str, bool)> = None;
    for (index, line) in lines.iter().enumerate() {
        let info = line.trim_start_matches('`');
        let fence = &line[..line.len() - info.len()];
        match block {
            None if fence.len() >= 3 => block = Some((fence, info == "console")),
            Some((end, _)) if line == end => block = None,
            Some((_, true)) => {
                if let Some(command) = line.strip_prefix("$ ") {
                    let after = index + 1..index + 1;
                    steps.push(Step {
                        command: command.into(),
                        expected_lines: after,
                    });
                } else if let Some(step) = steps.last_mut() {
                    step.expected_lines.end = index + 1;
                }
            }
            None | Some((_, false)) => {}
        }
    }
    steps
}

/// Runs one command as the page has it and returns what belongs below it.
fn run(command: &str, sandbox: &Path) -> String {
    // A shell runs it, because readers will paste it into one.
    let path = format!(
        "{}:{}",
        ztc().parent().expect("it is in a directory").display(),
        env::var("PATH").unwrap_or_default(),
    );
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(sandbox)
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    let mut shown = match output.status.code() {
        Some(0) => String::new(),
        Some(code) => format!("? {code}\n"),
        None => "? killed\n".into(),
    };
    shown.push_str(&String::from_utf8_lossy(&output.stdout));
    if !shown.is_empty() && !shown.ends_with('\n') {
        shown.push('\n');
    }
    shown
}

/// The lines that came out, or the page's own line where it has a pattern that still matches.
fn keeping_patterns(expected: &[String], actual: &str) -> Vec<String> {
    let actual = actual.lines();
    let same_length = actual.clone().count() == expected.len();
    let keep = |(index, line): (usize, &str)| match expected.get(index) {
        Some(pattern) if same_length && line_matches(pattern, line) => pattern.clone(),
        _ => line.to_owned(),
    };
    actual.enumerate().map(keep).collect()
}

/// Whether an output is what a page says, `...` and `[..]` considered.
fn matches(expected: &str, actual: &str) -> bool {
    // Blank lines at the end make pages readable and say nothing.
    let expected: Vec<&str> = expected.trim_end().lines().collect();
    let actual: Vec<&str> = actual.trim_end().lines().collect();
    lines_match(&expected, &actual)
}

fn lines_match(expected: &[&str], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((&"...", rest)) => {
            (0..=actual.len()).any(|n_skipped| lines_match(rest, &actual[n_skipped..]))
        }
        Some((line, rest)) => actual
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && lines_match(rest, others)),
    }
}

fn line_matches(expected: &str, actual: &str) -> bool {
    let Some((before, after)) = expected.split_once("[..]") else {
        return expected == actual;
    };
    actual.strip_prefix(before).is_some_and(|rest| {
        (0..=rest.len())
            .filter(|&index| rest.is_char_boundary(index))
            .any(|index| line_matches(after, &rest[index..]))
    })
}
