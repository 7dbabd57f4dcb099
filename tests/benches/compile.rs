//! How long each stage of the compiler takes, in process, on a repository of 1,000 policies, 200
//! namespaces and 5,000 pods. Must not measure reading files or printing.

use divan::{Bencher, black_box};
use ztc_bundle::{Contents, encode};
use ztc_diag::{Sink, Sources};
use ztc_lower::{LowerOptions, lower};
use ztc_policy::{AnalyseOptions, Analysis, analyse};
use ztc_syntax::{Parsed, parse};

#[path = "../src/generate/scale.rs"]
mod scale;
#[path = "../src/yaml_text.rs"]
mod yaml_text;

const SIZE: scale::Size = scale::Size {
    n_policies: 1_000,
    n_namespaces: 200,
    n_pods: 5_000,
};

fn main() {
    divan::main();
}

fn sources() -> Sources {
    let mut sources = Sources::new();
    for file in scale::repository(SIZE, 42) {
        sources.add(file.path.clone(), file.path, file.text);
    }
    sources
}

fn parsed(sources: &Sources) -> Parsed {
    let mut sink = Sink::new();
    let parsed = parse(sources, &mut sink);
    assert!(!sink.has_errors(), "the generated repository has errors");
    parsed
}

fn analysed(parsed: &Parsed) -> Analysis {
    analyse(
        &parsed.objects,
        &AnalyseOptions::default(),
        &mut Sink::new(),
    )
}

fn lowered(analysis: &Analysis, sources: &Sources) -> Contents {
    lower(
        analysis,
        sources,
        &LowerOptions::default(),
        &mut Sink::new(),
    )
}

#[divan::bench]
fn stage_1_parse(bencher: Bencher<'_, '_>) {
    let sources = sources();
    bencher.bench_local(|| parsed(black_box(&sources)));
}

#[divan::bench]
fn stage_2_analyse(bencher: Bencher<'_, '_>) {
    let parsed = parsed(&sources());
    bencher.bench_local(|| analysed(black_box(&parsed)));
}

#[divan::bench]
fn stage_3_lower(bencher: Bencher<'_, '_>) {
    let sources = sources();
    let analysis = analysed(&parsed(&sources));
    bencher.bench_local(|| lowered(black_box(&analysis), &sources));
}

#[divan::bench]
fn stage_4_encode(bencher: Bencher<'_, '_>) {
    let sources = sources();
    let contents = lowered(&analysed(&parsed(&sources)), &sources);
    bencher.bench_local(|| encode(black_box(&contents)));
}
