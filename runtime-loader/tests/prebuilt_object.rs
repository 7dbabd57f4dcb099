//! The committed eBPF objects were built from the sources beside them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

fn ebpf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ebpf")
}

/// The lines of the manifest that start with a word, without it.
fn lines(kind: &str) -> Vec<String> {
    let manifest = fs::read_to_string(ebpf().join("prebuilt/MANIFEST")).expect("it is committed");
    let prefix = format!("{kind} ");
    manifest
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
        .collect()
}

/// A line as `build.sh` writes it: digest, space, path.
fn line(directory: &Path, path: &str) -> String {
    let bytes = fs::read(directory.join(path)).expect("the file is readable");
    let digest = Sha256::digest(&bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex} {path}")
}

/// Every Rust file below a directory.
fn rust_files(below: &str, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(ebpf().join(below))? {
        let entry = entry?;
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            rust_files(&path, found)?;
        } else if Path::new(&path)
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            found.push(path);
        }
    }
    Ok(())
}

#[test]
fn prebuilt_object_is_not_stale() {
    let mut paths = vec![
        "abi/Cargo.toml".to_owned(),
        "datapath/Cargo.toml".to_owned(),
        "datapath/Cargo.lock".to_owned(),
    ];
    for directory in ["abi/src", "datapath/src"] {
        rust_files(directory, &mut paths).expect("the sources are there");
    }
    paths.sort_unstable();
    let now: Vec<_> = paths.iter().map(|path| line(&ebpf(), path)).collect();
    let then = lines("source");
    let changed: Vec<_> = now
        .iter()
        .filter(|line| !then.contains(line))
        .chain(then.iter().filter(|line| !now.contains(line)))
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    assert_eq!(
        changed, [""; 0],
        "changed since ebpf/prebuilt was built: run ebpf/build.sh and commit what it writes"
    );
}

#[test]
fn prebuilt_objects_are_those_of_the_manifest() {
    let prebuilt = ebpf().join("prebuilt");
    let now = ["ztc-datapath.o", "ztc-bench.o"].map(|name| line(&prebuilt, name));
    assert_eq!(lines("object"), now);
}

#[test]
fn prebuilt_objects_name_no_path_of_a_machine() {
    for name in ["ztc-datapath.o", "ztc-bench.o"] {
        let bytes = fs::read(ebpf().join("prebuilt").join(name)).expect("it is committed");
        for path in ["/home/", "/root/", "/usr/", "/tmp/"] {
            let found = bytes
                .windows(path.len())
                .any(|window| window == path.as_bytes());
            assert!(!found, "{name} names something below {path}");
        }
    }
}

#[test]
fn prebuilt_objects_name_no_place_on_the_machine_that_built_them() {
    for name in ["ztc-datapath.o", "ztc-bench.o"] {
        let bytes = fs::read(ebpf().join("prebuilt").join(name)).expect("it is committed");
        let text = String::from_utf8_lossy(&bytes);
        for place in ["registry/src", "/home/", "/root/", "/tmp/", "/work"] {
            assert!(!text.contains(place), "{name} names {place}");
        }
    }
}
