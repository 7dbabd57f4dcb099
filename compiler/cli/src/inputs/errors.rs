//! What can be wrong with an input before anyone looks into it.

use std::io;

/// A problem with one input. It makes the run exit with code 2.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum Problem {
    /// Nothing has this name.
    #[error("there is no file or directory `{name}`")]
    #[diagnostic(help("paths are taken from the current directory"))]
    Missing { name: String },

    /// The operating system refuses.
    #[error("cannot read `{name}`: {reason}")]
    Unreadable { name: String, reason: io::Error },

    /// Manifests are UTF-8.
    #[error("`{name}` is not UTF-8: line {line}, byte {offset}")]
    #[diagnostic(help("save the file as UTF-8; YAML in UTF-16 is not read"))]
    NotUtf8 {
        name: String,
        line: usize,
        offset: usize,
    },

    /// What was made of manifests is not them.
    #[error("`{name}` is a bundle, and manifests are wanted here")]
    #[diagnostic(help(
        "`--bundle {name}` asks what is compiled already; what checks, builds or tests needs the \
         manifests themselves, as a bundle holds no assertions"
    ))]
    Bundle { name: String },

    /// Larger than any manifest.
    #[error("`{name}` is larger than {limit} MiB")]
    #[diagnostic(help("split it; several files are one input"))]
    TooBig { name: String, limit: usize },

    /// A directory that would be checked without checking anything.
    #[error("there is no .yaml, .yml or .json file in `{name}`")]
    #[diagnostic(help("hidden files and directories are skipped unless they are named"))]
    NothingFound { name: String },

    /// Nobody keeps so much in one directory.
    #[error("`{name}` holds more than {limit} {what}: the walk ended at `{at}`")]
    #[diagnostic(help(
        "so much is taken for a mistake: name the directory of the policies and workloads, or \
         several, which may hold as much each"
    ))]
    TooMany {
        name: String,
        at: String,
        what: &'static str,
        limit: usize,
    },

    /// A directory cannot be walked.
    #[error("cannot walk `{name}`: {reason}")]
    Unwalkable { name: String, reason: String },

    /// `--source-root` must contain the inputs.
    #[error("`{name}` is not inside the source root `{root}`")]
    #[diagnostic(help("name a directory that contains every input, --workloads included"))]
    OutsideRoot { name: String, root: String },
}
