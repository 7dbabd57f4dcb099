//! Writes a repository of many policies and pods: `OUT N_POLICIES N_NAMESPACES N_PODS [--seed N]`.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

#[path = "../src/generate/scale.rs"]
mod scale;
#[path = "../src/yaml_text.rs"]
mod yaml_text;

const USAGE: &str = "usage: generate_repository OUT N_POLICIES N_NAMESPACES N_PODS [--seed N]";

#[expect(clippy::print_stderr, reason = "a command says how it is used")]
fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((out, size, seed)) = read(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match write(Path::new(&out), size, seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write {out}: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(arguments: &[String]) -> Option<(String, scale::Size, u64)> {
    let (numbers, seed) = match arguments {
        [numbers @ .., flag, seed] if flag == "--seed" => (numbers, seed.parse().ok()?),
        numbers => (numbers, 42),
    };
    let [out, n_policies, n_namespaces, n_pods] = numbers else {
        return None;
    };
    let size = scale::Size {
        n_policies: n_policies.parse().ok()?,
        n_namespaces: n_namespaces.parse().ok()?,
        n_pods: n_pods.parse().ok()?,
    };
    Some((out.clone(), size, seed))
}

fn write(out: &Path, size: scale::Size, seed: u64) -> io::Result<()> {
    for file in scale::repository(size, seed) {
        let path = out.join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, file.text)?;
    }
    Ok(())
}
