//! Revisions of a git repository, read without checking them out.
//!
//! Must not know what differs.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, SystemTime},
};

use crate::{
    console::{root, ztc},
    say::say,
    scratch::Scratch,
};

/// A repository that goes away with the test.
pub(super) struct Repository(pub(super) Scratch);

impl Repository {
    /// The first example in `deploy/`, committed on `main`; `None` where there is no git.
    pub(super) fn new(name: &str) -> Option<Self> {
        if Command::new("git").arg("--version").output().is_err() {
            say("skipped: there is no git");
            return None;
        }
        let repository = Self(Scratch::new(name));
        fs::create_dir(repository.0.join("deploy")).expect("the directory is ours");
        let example = root().join("examples/01-frontend-backend");
        for (from, to) in [
            ("workloads.yaml", "deploy/workloads.yaml"),
            (
                "policies/allow-frontend-to-backend.yaml",
                "deploy/policy.yaml",
            ),
        ] {
            fs::copy(example.join(from), repository.0.join(to)).expect("the example is there");
        }
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit();
        Some(repository)
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        let output = git.args(arguments).current_dir(self.0.path()).output();
        let output = output.expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn index(&self) -> Vec<u8> {
        fs::read(self.0.join(".git/index")).expect("something was added")
    }

    pub(super) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "-m", "a change"]);
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file")).expect("the directory is ours");
        fs::write(path, text).expect("the directory is ours");
    }

    /// Exit code, standard output and standard error.
    pub(super) fn diff(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        said(
            Command::new(ztc()).arg("diff").args(arguments),
            self.0.path(),
        )
    }
}

/// What a command that runs in a directory says.
pub(super) fn said(command: &mut Command, directory: &Path) -> (Option<i32>, String, String) {
    let output: Output = command.current_dir(directory).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

pub(super) fn same() -> (Option<i32>, String, String) {
    (Some(0), "no difference\n".into(), String::new())
}

#[test]
fn a_revision_is_the_directory_as_it_was() {
    let Some(repository) = Repository::new("revision") else {
        return;
    };
    let diff = |arguments: &[&str]| repository.diff(arguments);
    assert_eq!(diff(&["main", "deploy", "--dir", "deploy"]), same());
    assert_eq!(
        diff(&["HEAD:deploy", "git:main", "--dir", "deploy"]),
        same()
    );
    assert_eq!(diff(&["HEAD:./deploy", "HEAD"]), same());
    fs::remove_file(repository.0.join("deploy/policy.yaml")).expect("it is there");
    let (code, out, _) = diff(&["main", "deploy", "--dir", "deploy"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains("was removed, before at policy.yaml:11:7"),
        "{out}"
    );
    assert!(!repository.0.join("deploy/policy.yaml").exists());
}

#[test]
fn the_index_is_left_alone() {
    let Some(repository) = Repository::new("index") else {
        return;
    };
    // Git sees by its time that the file may be another one, and would note that it is not.
    let file = fs::File::options()
        .append(true)
        .open(repository.0.join("deploy/policy.yaml"));
    let file = file.expect("it is there");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30))
        .expect("it is ours");
    let before = repository.index();
    assert_eq!(repository.diff(&["main", "deploy"]), same());
    // What a path was called before is a question to `git diff`, which looks at all files.
    let (code, _, err) = repository.diff(&["main:nowhere", "deploy"]);
    assert_eq!(code, Some(2), "{err}");
    assert_eq!(repository.index(), before);
    repository.git(&["status"]);
    assert_ne!(repository.index(), before, "git does note it");
}

#[test]
fn a_colon_in_braces_is_part_of_the_revision() {
    let Some(repository) = Repository::new("braces") else {
        return;
    };
    repository.git(&["commit", "-q", "--allow-empty", "-m", "fix: open"]);
    let diff = |arguments: &[&str]| repository.diff(arguments);
    for revision in ["git:HEAD^{/fix: open}", "HEAD@{2030-01-01 10:00:00}"] {
        assert_eq!(diff(&[revision, "deploy"]), same(), "{revision}");
        let with_path = format!("{revision}:deploy");
        assert_eq!(diff(&["deploy", &with_path]), same(), "{revision}");
        // The path on the other side is what stands after the colon.
        assert_eq!(diff(&["HEAD~1", &with_path]), same(), "{revision}");
    }
    let (code, _, err) = diff(&["git:HEAD^{/fix: shut}", "deploy"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`HEAD^{/fix: shut}` is no file"), "{err}");
}

#[test]
fn what_git_does_not_read_is_said_in_its_words() {
    let Some(repository) = Repository::new("refused") else {
        return;
    };
    let diff = |arguments: &[&str]| {
        let mut command = Command::new(ztc());
        command.arg("diff").args(arguments);
        // As if it were another user's, whatever the one who runs this has told git to trust.
        command.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        let (code, out, err) = said(&mut command, repository.0.path());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        err
    };
    for (revision, says) in [
        (
            "main",
            "there is no file or directory `main`, and git does not say whether it is a revision: \
             detected dubious ownership in repository at ",
        ),
        (
            "git:main",
            "git does not read the repository of `.`: detected dubious ownership in repository at ",
        ),
    ] {
        let err = diff(&[revision, "deploy"]);
        assert!(err.contains(says), "{err}");
        let help = "help: if you trust whoever owns it: `git config --global --add safe.directory ";
        assert!(err.contains(help), "{err}");
    }
    fs::write(repository.0.join(".git/config"), "[core").expect("it is ours");
    let err = repository.diff(&["main", "deploy"]).2;
    assert!(err.contains("bad config line "), "{err}");
    assert!(err.contains("help: `git -C . status` says more"), "{err}");
}

#[test]
fn hidden_files_of_a_revision_are_not_read_and_links_lead_where_they_do_on_the_disk() {
    let Some(repository) = Repository::new("links") else {
        return;
    };
    repository.write("deploy/.hidden/a.yaml", "kind: [");
    repository.write("deploy/notes.txt", "kind: [");
    let link = repository.0.join("deploy/link.yaml");
    std::os::unix::fs::symlink("policy.yaml", link).expect("the directory is ours");
    repository.commit();
    let (code, out, err) = repository.diff(&["HEAD", "HEAD~1", "--dir", "deploy"]);
    assert_eq!((code, out.as_str()), (Some(0), "no difference\n"), "{err}");
    assert_eq!(err, "");
    fs::create_dir(repository.0.join("linked")).expect("the directory is ours");
    let link = |target: &str, name: &str| {
        let link = repository.0.join(name);
        std::os::unix::fs::symlink(target, link).expect("the directory is ours");
    };
    link("../deploy", "linked/all");
    repository.commit();
    let same = (Some(0), "no difference\n".to_owned(), String::new());
    assert_eq!(repository.diff(&["HEAD:linked", "HEAD:deploy"]), same);
    link("../nowhere.yaml", "linked/lost.yaml");
    repository.commit();
    let (code, _, err) = repository.diff(&["HEAD:linked", "HEAD:deploy"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("`HEAD:linked/lost.yaml`, a link to `../nowhere.yaml`, leads nowhere"),
        "{err}"
    );
}

#[test]
fn the_options_of_a_revision_are_its_own() {
    let Some(repository) = Repository::new("options") else {
        return;
    };
    repository.write(
        "ztc.toml",
        "enable-policy = \"always\"\nresolution = \"names.yaml\"\n",
    );
    let resolution = "apiVersion: ztc.dev/v1alpha1\nkind: Resolution\n\
                      names: {api.acquirer.example: [192.0.2.1]}\n";
    repository.write("names.yaml", resolution);
    repository.commit();
    fs::remove_file(repository.0.join("ztc.toml")).expect("it is there");
    let (code, out, err) = repository.diff(&["main", "deploy", "--dir", "deploy"]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(
        out.contains("the options differ: `enable-policy=always` before"),
        "{out}"
    );
    assert!(err.starts_with("options from main:ztc.toml\n"), "{err}");
    let (code, out, _) = repository.diff(&["main", "deploy", "--dir", "deploy", "--no-config"]);
    assert_eq!((code, out.as_str()), (Some(0), "no difference\n"));
}

#[test]
fn what_is_wrong_in_a_revision_is_shown_with_its_name() {
    let Some(repository) = Repository::new("wrong") else {
        return;
    };
    repository.write("deploy/broken.yaml", "kind: [");
    repository.commit();
    let (code, out, err) = repository.diff(&["main", "HEAD~1", "--dir", "deploy"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("main:deploy/broken.yaml:1"), "{err}");
    assert!(err.contains("see `main` above"), "{err}");
}

#[test]
fn what_is_no_revision_is_said_so() {
    let Some(repository) = Repository::new("nothing") else {
        return;
    };
    repository.git(&["branch", "release"]);
    let failed = |arguments: &[&str]| {
        let (code, out, err) = repository.diff(arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        err
    };
    assert!(failed(&["relaese", "deploy"]).contains("did you mean `release`?"));
    let help = "a range is its two ends: `ztc diff main release`";
    assert!(failed(&["main..release", "deploy"]).contains(help));
    let help = "`ztc diff $(git merge-base main release) release`";
    assert!(failed(&["main...release", "deploy"]).contains(help));
    assert!(failed(&["main:nowhere", "deploy"]).contains("there is no `nowhere` in revision"));
    assert!(failed(&["main:../..", "deploy"]).contains("there is no `../..` in revision"));
    let outside = Path::new("/").to_str().expect("a path");
    assert!(failed(&["main", "deploy", "--dir", outside]).contains("is in no git repository"));
}

#[test]
fn a_revision_alone_means_the_path_of_the_other_side() {
    let Some(repository) = Repository::new("other-side") else {
        return;
    };
    // Beside `deploy`, so that the whole repository is something else.
    let allow_all = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
                     metadata: {name: all, namespace: default}\n\
                     spec: {podSelector: {}, ingress: [{}]}\n";
    repository.write("elsewhere/all.yaml", allow_all);
    repository.commit();
    let diff = |arguments: &[&str]| repository.diff(arguments);
    for other in ["deploy", "./deploy/", "HEAD:deploy"] {
        assert_eq!(diff(&["main", other]), same(), "{other}");
        assert_eq!(diff(&[other, "git:main"]), same(), "{other}");
    }
    let workloads = ["--workloads", "deploy/workloads.yaml"];
    let file = [&["main", "deploy/policy.yaml"][..], &workloads[..]].concat();
    assert_eq!(diff(&file), same());
    assert_eq!(diff(&["main", "deploy", "--dir", "."]).0, Some(0));
    assert_ne!(diff(&["main", "deploy", "--dir", "."]), same());
    assert_eq!(diff(&["main", "HEAD"]), same());
    repository.git(&["mv", "deploy", "clusters"]);
    let (code, _, err) = diff(&["main", "clusters"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("there is no `clusters` in revision `main`"),
        "{err}"
    );
    assert!(
        err.contains("it was called `deploy` there: write `main:deploy`"),
        "{err}"
    );
    let (code, _, err) = diff(&["main:nowhere", "clusters"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("write REVISION:PATH"), "{err}");
}
