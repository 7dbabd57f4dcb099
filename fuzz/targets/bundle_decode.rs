//! Any bytes as a bundle: refused, or a bundle that answers every question.

#![no_main]

use std::net::{IpAddr, Ipv6Addr};

use libfuzzer_sys::fuzz_target;
use ztc_abi::Protocol;
use ztc_bundle::{
    Bundle, Classifier, FORMAT_MAJOR, FORMAT_MINOR, SectionKind, Simulator, encode, testing,
};

fuzz_target!(|bytes: &[u8]| {
    use_bundle(bytes);
    // Nearly every change breaks a digest; with right ones the checks behind them are reached.
    let mut sealed = bytes.to_vec();
    testing::reseal(&mut sealed);
    use_bundle(&sealed);
});

fn use_bundle(bytes: &[u8]) {
    let bundle = match Bundle::parse(bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.help().is_empty());
            return;
        }
    };
    let contents = bundle.to_contents();
    let is_ours = bundle.sections().count() == SectionKind::ALL.len();
    if is_ours && bundle.format_version() == (FORMAT_MAJOR, FORMAT_MINOR) {
        assert_eq!(
            encode(&contents).as_deref(),
            Ok(bytes),
            "written as it was read"
        );
    }
    let n_workloads = (0..)
        .map_while(|endpoint| bundle.workload(endpoint))
        .count();
    assert_eq!(n_workloads, bundle.workloads().len());
    let n_meanings = (1..).map_while(|rule| bundle.meaning(rule)).count();
    assert_eq!(n_meanings, bundle.meanings().len());
    let simulator = Simulator::new(&bundle);
    for probe in bundle.probes().iter() {
        let address = IpAddr::from(Ipv6Addr::from(probe.address));
        let peer = bundle.peer_of(address);
        assert_eq!(peer, simulator.peer_seen_from(address, ""));
        for protocol in Protocol::ALL {
            let verdict = bundle.judge(probe.row, peer, protocol, probe.port);
            assert_eq!(
                verdict,
                simulator.judge(probe.row, peer, protocol, probe.port)
            );
            let verdict = verdict.expect("a checked bundle judges everything");
            assert!(!bundle.explain(verdict, probe.row).is_empty());
        }
    }
    assert_eq!(
        Classifier::new(&bundle).selectors().len(),
        bundle.selectors().len()
    );
}
