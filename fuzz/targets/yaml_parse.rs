//! Any text as a manifest: objects and diagnostics, every span of which lies in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ztc_diag::{Sink, Sources};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut sources = Sources::new();
    sources.add("fuzz.yaml".into(), "fuzz.yaml".into(), text.into());
    let mut sink = Sink::new();
    ztc_syntax::parse(&sources, &mut sink);
    for diagnostic in sink.iter() {
        for label in [&diagnostic.primary]
            .into_iter()
            .chain(&diagnostic.secondary)
        {
            let (start, end) = (sources.start(label.span), sources.end(label.span));
            assert!(start <= end, "{start:?} to {end:?}: {}", diagnostic.message);
            let range = label.span.start as usize..label.span.end as usize;
            assert!(
                text.get(range).is_some(),
                "{:?}: {}",
                label.span,
                diagnostic.message
            );
        }
    }
});
