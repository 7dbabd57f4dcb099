//! Revisions of a git repository, read without checking them out.
