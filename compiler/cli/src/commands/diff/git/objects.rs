//! Objects of a repository, by id, from one `git cat-file` that runs as long as it is asked.
//!
//! Must not know what is asked for.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use ztc_diag::Sources;

use super::{NotRead, Repository};

/// A running `git cat-file`.
pub(in super::super) struct Objects {
    git: Child,
    /// `None` only while it ends.
    pipes: Option<(ChildStdin, BufReader<ChildStdout>)>,
}

/// An object.
pub(in super::super) struct Object {
    pub(in super::super) id: String,
    /// `None` when it is larger than a source may be.
    pub(in super::super) bytes: Option<Vec<u8>>,
}

impl Objects {
    /// Begins.
    pub(in super::super) fn of(repository: &Repository) -> Result<Self, NotRead> {
        let mut command = repository.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut git = command
            .spawn()
            .map_err(|reason| NotRead::NoGit { reason })?;
        let pipes = git.stdin.take().zip(git.stdout.take());
        let pipes = pipes.map(|(input, output)| (input, BufReader::new(output)));
        Ok(Self { git, pipes })
    }

    /// The object with an id, or another name of it.
    pub(in super::super) fn read(&mut self, name: &str) -> Result<Object, NotRead> {
        self.ask(name).map_err(|reason| NotRead::Failed {
            reason: format!("`git cat-file` does not give `{name}`: {reason}"),
        })
    }

    /// One answer: `ID KIND SIZE`, the bytes, a line end.
    fn ask(&mut self, name: &str) -> io::Result<Object> {
        let Some((input, output)) = &mut self.pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        input.write_all(format!("{name}\n").as_bytes())?;
        let mut line = String::new();
        output.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let (id, _, size) = (words.next(), words.next(), words.next());
        let size = size.and_then(|size| size.parse::<usize>().ok());
        let (Some(id), Some(size)) = (id, size) else {
            return Err(io::Error::other(line.trim().to_owned()));
        };
        let bytes = if size <= Sources::MAX_BYTES {
            let mut bytes = vec![0; size];
            output.read_exact(&mut bytes)?;
            Some(bytes)
        } else {
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            io::copy(&mut output.take(size), &mut io::sink())?;
            None
        };
        output.read_exact(&mut [0])?;
        let id = id.into();
        Ok(Object { id, bytes })
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // Without anybody to ask it, it ends.
        drop(self.pipes.take());
        let _ = self.git.wait();
    }
}
