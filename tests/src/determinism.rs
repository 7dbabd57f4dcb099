//! Same input, same bytes: whatever the order of files, the folder they are in, the number of
//! threads.

use std::fs;
use std::path::Path;
use std::process::Command;

use fastrand::Rng;

use crate::console::{root, ztc};
use crate::generate::scale::{self, Size};
use crate::generate::scenario;
use crate::interpreter::Options;
use crate::pipeline::compile_with;
use crate::yaml_text;

const SMALL: Size = Size {
    n_policies: 300,
    n_namespaces: 30,
    n_pods: 600,
};

fn repository() -> Vec<(String, String)> {
    let files = scale::repository(SMALL, 3).into_iter();
    files.map(|file| (file.path, file.text)).collect()
}

fn bytes(files: &[(String, String)]) -> Vec<u8> {
    bytes_with(files, &Options::default())
}

fn bytes_with(files: &[(String, String)], options: &Options) -> Vec<u8> {
    let compiled = compile_with(files, options);
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    compiled.bundle.into_bytes()
}

#[test]
fn the_order_of_files_does_not_matter() {
    let mut files = repository();
    let expected = bytes(&files);
    let mut rng = Rng::with_seed(1);
    for _ in 0..5 {
        rng.shuffle(&mut files);
        assert!(
            bytes(&files) == expected,
            "another order of files gives other bytes"
        );
    }
}

#[test]
fn the_order_of_files_does_not_matter_to_odd_policies_either() {
    for seed in 0..60 {
        let scenario = scenario(seed, 0);
        let objects = scenario
            .workloads
            .iter()
            .chain(&scenario.policies)
            .enumerate();
        let mut files: Vec<_> = objects
            .map(|(index, object)| (format!("{index}.yaml"), yaml_text::write([object])))
            .collect();
        let expected = bytes_with(&files, &scenario.options);
        Rng::with_seed(seed).shuffle(&mut files);
        assert!(
            bytes_with(&files, &scenario.options) == expected,
            "another order of files gives other bytes: seed {seed}"
        );
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let files = repository();
    let expected = bytes(&files);
    for n_threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        let found = pool
            .expect("threads can be started")
            .install(|| bytes(&files));
        assert!(found == expected, "{n_threads} threads give other bytes");
    }
}

#[test]
fn the_folder_does_not_matter() {
    let scratch = std::env::temp_dir().join(format!("ztc-determinism-{}", std::process::id()));
    let (near, far) = (scratch.join("a"), scratch.join("b/c/d"));
    for folder in [&near, &far] {
        for (path, text) in repository() {
            let path = folder.join("shop").join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder can be made");
            fs::write(path, text).expect("a file can be written");
        }
    }
    let relative = build(&near, Path::new("shop"), &scratch.join("1.ztcb"));
    let absolute = build(&root(), &near.join("shop"), &scratch.join("2.ztcb"));
    let elsewhere = build(&far, Path::new("shop"), &scratch.join("3.ztcb"));
    fs::remove_dir_all(&scratch).expect("the scratch folder can be removed");
    assert!(
        relative == absolute,
        "a path from the root gives other bytes"
    );
    assert!(relative == elsewhere, "another folder gives other bytes");
}

fn build(folder: &Path, input: &Path, bundle: &Path) -> Vec<u8> {
    let run = Command::new(ztc())
        .current_dir(folder)
        .arg("build")
        .arg(input)
        .arg("-o")
        .arg(bundle)
        .output()
        .expect("ztc runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    fs::read(bundle).expect("a bundle")
}
