//! Policies of every kind, made from the bytes: compiled twice to the same bundle, which is read
//! back as it was written. Some are valid and some nearly so; nothing may panic.

#![no_main]

#[path = "policies/cilium.rs"]
mod cilium;
#[path = "policies/kubernetes.rs"]
mod kubernetes;
#[path = "policies/make.rs"]
mod make;

use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use ztc_bundle::{Bundle, encode_file};
use ztc_diag::{Sink, Sources};
use ztc_lower::LowerOptions;
use ztc_policy::{AnalyseOptions, Degradation, EnablePolicy};

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let Ok((text, options)) = input_of(&mut input) else {
        return;
    };
    let first = compile(&text, &options);
    assert_eq!(first, compile(&text, &options), "the same input:\n{text}");
    let bundle = match Bundle::parse(&first) {
        Ok(bundle) => bundle,
        Err(error) => panic!("what was just written is refused: {error}\n{text}"),
    };
    let again = encode_file(&bundle.to_contents()).expect("contents that were read");
    assert_eq!(again.bytes(), first, "written as it was read:\n{text}");
});

/// Documents, and options under which to read them.
fn input_of(
    input: &mut Unstructured<'_>,
) -> libfuzzer_sys::arbitrary::Result<(String, AnalyseOptions)> {
    let flags: u16 = input.arbitrary()?;
    let flag = |bit: u32| flags & (1 << bit) != 0;
    let mut options = AnalyseOptions {
        enable_policy: match flags & 3 {
            1 => EnablePolicy::Always,
            2 => EnablePolicy::Never,
            _ => EnablePolicy::Default,
        },
        enable_node_selector_labels: flag(2),
        cidrs_match_nodes: flag(3),
        policy_audit_mode: flag(4),
        enable_icmp_rules: !flag(5),
        enable_k8s_networkpolicy: !flag(6),
        enable_non_default_deny_policies: !flag(7),
        policy_default_local_cluster: !flag(8),
        allow_localhost: !flag(9),
        enable_host_firewall: flag(10),
        ..AnalyseOptions::default()
    };
    if !flag(11) {
        options.allow_degraded = Degradation::ALL.into();
    }
    Ok((make::documents(input)?, options))
}

/// The bundle's bytes, whatever is wrong with some of the documents.
fn compile(text: &str, options: &AnalyseOptions) -> Vec<u8> {
    let mut sources = Sources::new();
    sources.add("fuzz.yaml".into(), "fuzz.yaml".into(), text.into());
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources, &mut sink);
    let analysis = ztc_policy::analyse(&parsed.objects, options, &mut sink);
    let contents = ztc_lower::lower(&analysis, &sources, &LowerOptions::default(), &mut sink);
    let file = encode_file(&contents).expect("contents that can be encoded");
    file.bytes().to_vec()
}
