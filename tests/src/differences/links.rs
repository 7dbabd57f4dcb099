//! Links in revisions: they lead where they do on the disk, and no further.
//!
//! Must not know what differs.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    os::unix::{ffi::OsStrExt, fs::symlink},
    process::{Command, Stdio},
};

use super::revisions::{Repository, said, same};
use crate::console::ztc;

/// A repository whose `other/p.yaml` opens everything; what the first example has in `deploy`
/// opens one connection.
fn repository(name: &str, links: &[(&str, &str)]) -> Option<Repository> {
    let repository = Repository::new(name)?;
    let open = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
                metadata: {name: open, namespace: default}\n\
                spec: {podSelector: {}, ingress: [{}]}\n";
    repository.write("other/p.yaml", open);
    for (link, target) in links {
        let link = repository.0.join(link);
        fs::create_dir_all(link.parent().expect("a file")).expect("the directory is ours");
        symlink(target, link).expect("the directory is ours");
    }
    repository.commit();
    Some(repository)
}

/// The difference between `deploy` and a path, which is the same of the disk and of the revision.
#[track_caller]
fn diff(repository: &Repository, path: &str) -> String {
    let (of_disk, of_revision) = (path.to_owned(), format!("git:HEAD:{path}"));
    let workloads = ["--workloads", "deploy/workloads.yaml"];
    let [disk, revision] = [of_disk, of_revision].map(|path| {
        let (code, out, err) =
            repository.diff(&[&["deploy", &path], workloads.as_slice()].concat());
        (code, out, err.replace("HEAD:", ""))
    });
    assert_eq!(revision, disk);
    assert_ne!(disk.0, Some(2), "{}", disk.2);
    disk.1
}

/// Standard error of a difference that there is none of.
#[track_caller]
fn refused(repository: &Repository, path: &str) -> String {
    let (code, out, err) = repository.diff(&["deploy", path]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    err
}

#[test]
fn links_in_a_linked_directory_are_followed() {
    let links = [
        ("base/p.yaml", "../other/p.yaml"),
        ("linked/all", "../base"),
        ("again/a/all", "../../linked/all"),
    ];
    let Some(repository) = repository("in-links", &links) else {
        return;
    };
    for (path, file) in [("linked", "all/p.yaml"), ("again", "a/all/p.yaml")] {
        let out = diff(&repository, path);
        let added = format!("NetworkPolicy default/open, spec.ingress[0] was added at {file}:4");
        assert!(out.contains(&added), "{out}");
    }
}

#[test]
fn a_link_to_a_link_is_what_both_lead_to() {
    let links = [
        ("first/p.yaml", "../second.yaml"),
        ("second.yaml", "third"),
        ("third", "other/p.yaml"),
        ("current", "envs/now"),
        ("envs/now", "prod"),
        ("envs/prod", "../other"),
    ];
    let Some(repository) = repository("link-links", &links) else {
        return;
    };
    for path in ["first", "first/p.yaml", "current", "envs/now/p.yaml"] {
        let out = diff(&repository, path);
        let added = "NetworkPolicy default/open, spec.ingress[0] was added at p.yaml:4";
        assert!(out.contains(added), "{path}: {out}");
    }
}

#[test]
fn a_file_with_two_names_is_one_file() {
    let links = [
        ("deploy/a.yaml", "policy.yaml"),
        ("deploy/z/again", ".."),
        ("twice/a", "../deploy"),
        ("twice/b", "../deploy/z/again"),
    ];
    let Some(repository) = repository("two-names", &links) else {
        return;
    };
    for path in ["deploy", "twice"] {
        assert_eq!(diff(&repository, path), same().1);
    }
}

#[test]
fn options_are_those_of_the_directory_that_a_link_leads_to() {
    let links = [
        ("envs/prod/ztc.toml", "../../shared/options.toml"),
        ("current", "envs/prod"),
        ("envs/prod/deploy", "../../deploy"),
        ("above", "deploy"),
        ("ztc.toml", "shared/top.toml"),
    ];
    let Some(repository) = Repository::new("link-options") else {
        return;
    };
    repository.write("shared/options.toml", "enable-policy = \"always\"\n");
    repository.write("shared/top.toml", "enable-policy = \"never\"\n");
    for (link, target) in links {
        let link = repository.0.join(link);
        fs::create_dir_all(link.parent().expect("a file")).expect("the directory is ours");
        symlink(target, link).expect("the directory is ours");
    }
    repository.commit();
    for (path, config, option) in [
        ("current", "envs/prod/ztc.toml", "always"),
        ("above", "ztc.toml", "never"),
        ("current/deploy/policy.yaml", "ztc.toml", "never"),
    ] {
        let of = |path: &str| {
            let workloads = ["--workloads", "deploy/workloads.yaml"];
            repository.diff(&[&[path, "HEAD~1:deploy"], workloads.as_slice()].concat())
        };
        let (disk, revision) = (of(path), of(&format!("git:HEAD:{path}")));
        assert_eq!((&revision.0, &revision.1), (&disk.0, &disk.1), "{path}");
        let read = format!("options from HEAD:{config}\n");
        assert!(revision.2.contains(&read), "{path}: {}", revision.2);
        let options = format!("the options differ: `enable-policy={option}` before");
        assert!(revision.1.contains(&options), "{path}: {}", revision.1);
    }
}

#[test]
fn links_in_a_circle_end() {
    let links = [
        ("circle/one.yaml", "two.yaml"),
        ("circle/two.yaml", "one.yaml"),
        ("self", "self"),
        ("deploy/within", "."),
        ("deploy/a/to-b", "../b"),
        ("deploy/b/to-a", "../a"),
    ];
    let Some(repository) = repository("circle", &links) else {
        return;
    };
    assert_eq!(diff(&repository, "deploy"), same().1);
    let err = refused(&repository, "HEAD:circle");
    for name in [
        "one.yaml`, a link to `two.yaml`",
        "two.yaml`, a link to `one.yaml`",
    ] {
        let says = format!("`HEAD:circle/{name}, leads through more than 40 links");
        assert!(err.contains(&says), "{err}");
    }
    let err = refused(&repository, "HEAD:self");
    assert!(
        err.contains("`self` of revision `HEAD` leads through more than 40 links"),
        "{err}"
    );
}

#[test]
fn a_thousand_ways_to_a_directory_are_one() {
    // There are more ways through these than anybody can walk.
    let mut links = Vec::new();
    for (from, to) in (0..12).flat_map(|from| (0..12).map(move |to| (from, to))) {
        links.push((format!("web/{from}/to-{to}"), format!("../{to}")));
    }
    links.push(("web/7/p.yaml".into(), "../../other/p.yaml".into()));
    links.push(("web/all".into(), "../deploy".into()));
    let links: Vec<(&str, &str)> = links
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let Some(repository) = repository("web", &links) else {
        return;
    };
    let out = diff(&repository, "web");
    // In the order of names.
    let way = [1, 10, 11, 2, 3, 4, 5, 6, 7].map(|to| format!("to-{to}/"));
    let way = way.concat();
    let added = format!("NetworkPolicy default/open, spec.ingress[0] was added at 0/{way}p.yaml:4");
    assert!(out.contains(&added), "{out}");
}

#[test]
fn a_way_through_too_many_links_is_not_left_out_silently() {
    let mut links = vec![(String::from("chain/50/p.yaml"), "../../other/p.yaml".into())];
    links.extend((9..50).map(|n| (format!("chain/{n}/next"), format!("../{}", n + 1))));
    let links: Vec<(&str, &str)> = links
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let Some(repository) = repository("chain", &links) else {
        return;
    };
    let out = diff(&repository, "chain/11");
    assert!(out.contains("default/open"), "{out}");
    // A file at the end of one link too many, and a directory, whose name does not say what it has.
    for (path, way) in [
        ("chain/10", "/next".repeat(40) + "/p.yaml"),
        ("chain/9", "/next".repeat(41)),
    ] {
        for path in [path.to_owned(), format!("HEAD:{path}")] {
            let err = refused(&repository, &path);
            assert!(err.contains(&format!("`{path}{way}`")), "{err}");
        }
    }
}

#[test]
fn names_that_are_no_text_are_different_names() {
    let Some(repository) = repository("bytes", &[]) else {
        return;
    };
    let policy = |app: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata: {{name: {app}, namespace: default}}\n\
             spec: {{podSelector: {{matchLabels: {{app: {app}}}}}, ingress: [{{}}]}}\n"
        )
    };
    let at = |path: &[u8]| repository.0.join(OsStr::from_bytes(path));
    for directory in [&b"odd/d\xfe"[..], b"odd/d\xff"] {
        fs::create_dir_all(at(directory)).expect("the directory is ours");
    }
    for (path, app) in [
        (&b"odd/a\xfe.yaml"[..], "frontend"),
        (b"odd/a\xff.yaml", "backend"),
        (b"odd/d\xff/a\\xff.yaml", "metrics"),
    ] {
        fs::write(at(path), policy(app)).expect("the directory is ours");
    }
    symlink(OsStr::from_bytes(b"a\xff.yaml"), at(b"odd/link.yaml")).expect("it is ours");
    repository.commit();
    let out = diff(&repository, "odd");
    for added in [
        r"default/frontend, spec.ingress[0] was added at a\xfe.yaml:4",
        r"default/backend, spec.ingress[0] was added at a\xff.yaml:4",
        r"default/metrics, spec.ingress[0] was added at d\xff/a\x5cxff.yaml:4",
    ] {
        assert!(out.contains(added), "{added}: {out}");
    }
    let of_head = |directory: &[u8]| {
        let mut command = Command::new(ztc());
        command.args(["diff", "HEAD", "."]);
        command.args(["--workloads", "../../deploy/workloads.yaml"]);
        said(&mut command, &at(directory))
    };
    assert_eq!(of_head(b"odd/d\xff"), same());
}

#[test]
fn trees_that_are_parts_of_each_other_end() {
    let Some(repository) = repository("trees", &[]) else {
        return;
    };
    let id = |arguments: &[&str], input: &str| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        git.args(arguments).current_dir(repository.0.path());
        git.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut git = git.spawn().expect("git runs");
        let mut pipe = git.stdin.take().expect("it is piped");
        pipe.write_all(input.as_bytes()).expect("git reads it");
        drop(pipe);
        let output = git.wait_with_output().expect("git runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let blob = id(&["hash-object", "-w", "--stdin"], "kind: [");
    for (name, what) in [
        ("p.yaml", "250000 manifests"),
        ("notes", "1000000 files and directories"),
    ] {
        // Seven of them, each ten times the one before.
        let mut entry = format!("100644 blob {blob}");
        for _ in 0..7 {
            let entries: String = (0..10).map(|n| format!("{entry}\t{n}{name}\n")).collect();
            entry = format!("040000 tree {}", id(&["mktree"], &entries));
        }
        let top = id(&["mktree"], &format!("{entry}\tall\n"));
        let commit = id(&["commit-tree", &top, "-m", "many"], "");
        let err = refused(&repository, &format!("{commit}:all"));
        let says = format!("`{commit}:all` holds more than {what}: the walk ended at ");
        assert!(err.contains(&says), "{err}");
    }
}

#[test]
fn a_link_out_of_the_repository_is_not_left_out_silently() {
    let links = [
        ("out/p.yaml", "../../somewhere/p.yaml"),
        ("absolute/p.yaml", "/dev/null"),
        ("lost/p.yaml", "../nowhere.yaml"),
        ("options/ztc.toml", "/dev/null"),
        ("options/all", "../deploy"),
        ("with/all", "/nowhere"),
        ("with/p.yaml", "../deploy/policy.yaml"),
        ("with/w.yaml", "../deploy/workloads.yaml"),
    ];
    let Some(repository) = repository("out", &links) else {
        return;
    };
    for (path, says) in [
        (
            "out",
            "a link to `../../somewhere/p.yaml`, leads out of the repository",
        ),
        (
            "absolute",
            "a link to `/dev/null`, leads out of the repository",
        ),
        ("lost", "a link to `../nowhere.yaml`, leads nowhere"),
        (
            "options",
            "`options/ztc.toml` of revision `HEAD` leads out of the repository",
        ),
    ] {
        let err = refused(&repository, &format!("HEAD:{path}"));
        assert!(err.contains(says), "{err}");
    }
    let (code, out, err) = repository.diff(&["HEAD:with", "HEAD:deploy"]);
    assert_eq!((code, out), (Some(0), same().1), "{err}");
    assert_eq!(
        err,
        "skipped HEAD:with/all: it leads out of the repository\n"
    );
}
