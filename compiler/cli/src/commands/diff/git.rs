//! Files of a git revision, read with `git` and never checked out.
//!
//! Must not know what the files hold, and writes nothing.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::{Component, Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
};

use ztc_diag::Sources;

use crate::nearest::nearest;

/// A repository, seen from one of its directories.
pub(super) struct Repository {
    directory: PathBuf,
    /// That directory, below the top of the repository; empty at the top.
    prefix: String,
}

/// What git cannot give.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum NotRead {
    #[error("cannot run `git`: {reason}")]
    #[diagnostic(help("a revision is read with git; directories and bundles need none"))]
    NoGit { reason: io::Error },

    #[error("`{directory}` is in no git repository: {reason}")]
    #[diagnostic(help("name the directory of one with --dir, or give directories or bundles"))]
    NoRepository { directory: String, reason: String },

    #[error("`{text}` is no file, no directory, and no revision of this repository")]
    #[diagnostic(help("{help}"))]
    NoRevision { text: String, help: String },

    #[error("there is no `{path}` in revision `{revision}`")]
    #[diagnostic(help("write REVISION:PATH, the path from the top of the repository"))]
    NoPath { path: String, revision: String },

    #[error("git failed: {reason}")]
    #[diagnostic(help("`git fsck` says whether the repository is whole"))]
    Failed { reason: String },
}

/// What is at a path of a revision.
pub(super) enum Entry {
    File(Blob),
    /// Everything below a directory, by path.
    Directory(Vec<Blob>),
}

/// A file in a revision.
pub(super) struct Blob {
    /// From the directory that was asked for, with `/`; a file's own name if that was.
    pub(super) path: String,
    pub(super) kind: BlobKind,
    id: String,
    size: usize,
}

/// What a path in a revision is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BlobKind {
    File,
    Link,
    Submodule,
}

impl Repository {
    /// The repository that a directory is in.
    pub(super) fn of(directory: &Path) -> Result<Self, NotRead> {
        let mut all = Self {
            directory: directory.into(),
            prefix: String::new(),
        };
        let output = all.run(&["rev-parse", "--show-prefix"])?;
        if !output.status.success() {
            return Err(NotRead::NoRepository {
                directory: directory.display().to_string(),
                reason: complaint(&output),
            });
        }
        let prefix = String::from_utf8_lossy(&output.stdout);
        all.prefix = prefix.trim_end_matches('\n').trim_end_matches('/').into();
        Ok(all)
    }

    /// The commit that a revision means, if it is one.
    pub(super) fn commit(&self, revision: &str) -> Result<Option<String>, NotRead> {
        self.object(&format!("{revision}^{{commit}}"))
    }

    /// What to say of a text that is no revision.
    pub(super) fn unknown(&self, text: &str) -> NotRead {
        let arguments = ["for-each-ref", "--format=%(refname:short)"];
        let names = self.run(&arguments).map(|output| output.stdout);
        let names = String::from_utf8_lossy(&names.unwrap_or_default()).into_owned();
        let help = match nearest(text, names.lines()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "a shallow clone has few revisions: in CI, fetch the one to compare with (of \
                     GitHub's checkout, `fetch-depth: 0` has all)"
                .into(),
        };
        let text = text.into();
        NotRead::NoRevision { text, help }
    }

    /// A path from the top of the repository: as given, or from this directory if it begins with a
    /// dot. `None` outside of the repository.
    pub(super) fn path(&self, text: &str) -> Option<String> {
        let is_relative = text == "." || text.starts_with("./") || text.starts_with("..");
        let start = if is_relative {
            self.prefix.as_str()
        } else {
            ""
        };
        normal(&Path::new(start).join(text))
    }

    /// This directory from the top.
    pub(super) fn own_path(&self) -> &str {
        &self.prefix
    }

    /// What is at a path of a commit, if anything is.
    pub(super) fn entry(&self, commit: &str, path: &str) -> Result<Option<Entry>, NotRead> {
        let Some(id) = self.object(&format!("{commit}:{path}"))? else {
            return Ok(None);
        };
        let kind = self.succeed(&["cat-file", "-t", &id])?;
        if kind.trim_ascii() == b"blob" {
            let size = self.succeed(&["cat-file", "-s", &id])?;
            let size = String::from_utf8_lossy(&size);
            return Ok(Some(Entry::File(Blob {
                path: path.rsplit('/').next().unwrap_or_default().into(),
                kind: BlobKind::File,
                size: size.trim().parse().unwrap_or(usize::MAX),
                id,
            })));
        }
        let listing = self.succeed(&["ls-tree", "-r", "-z", "-l", "--full-tree", &id])?;
        let lines = listing
            .split(|byte| *byte == 0)
            .filter(|one| !one.is_empty());
        let blobs: Option<Vec<Blob>> = lines.map(blob).collect();
        let reason = || "`git ls-tree` wrote a line that cannot be read".into();
        let blobs = blobs.ok_or_else(|| NotRead::Failed { reason: reason() })?;
        Ok(Some(Entry::Directory(blobs)))
    }

    /// The contents of files, in their order; `None` for one that is larger than a source may be.
    pub(super) fn read(&self, blobs: &[Blob]) -> Result<Vec<Option<Vec<u8>>>, NotRead> {
        let failed = |reason: io::Error| NotRead::Failed {
            reason: reason.to_string(),
        };
        let mut command = self.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|reason| NotRead::NoGit { reason })?;
        let ids: Vec<u8> = blobs
            .iter()
            .filter(|blob| blob.is_small())
            .flat_map(|blob| format!("{}\n", blob.id).into_bytes())
            .collect();
        let contents = exchange(&mut child, &ids, blobs);
        let status = child.wait().map_err(failed)?;
        match contents {
            Ok(contents) if status.success() => Ok(contents),
            Ok(_) => Err(NotRead::Failed {
                reason: format!("`git cat-file` ended with {status}"),
            }),
            Err(reason) => Err(failed(reason)),
        }
    }

    /// The id of an object, if there is one of this name.
    fn object(&self, name: &str) -> Result<Option<String>, NotRead> {
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
        let output = self.run(&arguments)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let id = text.lines().next_back().map(str::to_owned);
        Ok(id.filter(|_| output.status.success()))
    }

    fn succeed(&self, arguments: &[&str]) -> Result<Vec<u8>, NotRead> {
        let output = self.run(arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let reason = complaint(&output);
        Err(NotRead::Failed { reason })
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, NotRead> {
        let mut command = self.command(arguments);
        command.output().map_err(|reason| NotRead::NoGit { reason })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.directory).args(arguments);
        // Git may refresh its index or ask for a password, and neither is wanted here.
        command.env("GIT_OPTIONAL_LOCKS", "0");
        command.env("GIT_TERMINAL_PROMPT", "0");
        command.stdin(Stdio::null());
        command
    }
}

impl Blob {
    fn is_small(&self) -> bool {
        self.size <= Sources::MAX_BYTES
    }
}

/// What git said was wrong, on one line.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or("it does not say why").trim();
    line.strip_prefix("fatal: ").unwrap_or(line).into()
}

/// A line of `git ls-tree -l`: mode, type, id and size, then a tab and the path.
fn blob(line: &[u8]) -> Option<Blob> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let (facts, path) = line.split_at_checked(tab)?;
    let facts = std::str::from_utf8(facts).ok()?;
    let mut words = facts.split_ascii_whitespace();
    let (mode, _, id, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Blob {
        path: String::from_utf8_lossy(path.get(1..)?).into_owned(),
        kind: match mode {
            "120000" => BlobKind::Link,
            "160000" => BlobKind::Submodule,
            _ => BlobKind::File,
        },
        id: id.into(),
        // A submodule has no size, and is never read.
        size: size.parse().unwrap_or(0),
    })
}

/// Asks a running `git cat-file --batch` for objects and takes what it answers. It may answer
/// before it has read everything, so somebody else writes.
fn exchange(child: &mut Child, ids: &[u8], blobs: &[Blob]) -> io::Result<Vec<Option<Vec<u8>>>> {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("git has no pipes"));
    };
    thread::scope(|scope| {
        let writer = scope.spawn(move || input.write_all(ids));
        let mut output = BufReader::new(output);
        let contents = blobs.iter().map(|blob| {
            if blob.is_small() {
                contents(&mut output, blob).map(Some)
            } else {
                Ok(None)
            }
        });
        let contents = contents.collect::<io::Result<Vec<_>>>();
        drop(output);
        let written = writer.join().unwrap_or(Ok(()));
        // A reader that gave up is the reason that the writer could not go on.
        contents.and_then(|contents| written.map(|()| contents))
    })
}

/// One answer: `ID blob SIZE`, the bytes, a line end.
fn contents(output: &mut impl BufRead, blob: &Blob) -> io::Result<Vec<u8>> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    if line.split_whitespace().nth(1) != Some("blob") {
        return Err(io::Error::other(format!("it has no `{}`", blob.path)));
    }
    let mut bytes = vec![0; blob.size];
    output.read_exact(&mut bytes)?;
    output.read_exact(&mut [0])?;
    Ok(bytes)
}

/// A path without `.` and `..`; `None` when it leads out.
pub(super) fn normal(path: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}
