//! Every message this crate can give, one function each.

use ztc_diag::{Diagnostic, Sink, Span};

/// Names and one-line meanings, for `ztc rule`.
pub const ERRORS: &[(&str, &str)] = &[(
    "over-budget",
    "the policies need more numbers than the kernel's tables have room for",
)];

/// More of something than a table can number.
pub(crate) fn over_budget(sink: &mut Sink, what: &str, found: usize, limit: u32, at: Option<Span>) {
    let Some(at) = at else { return };
    sink.push(
        Diagnostic::error(
            "over-budget",
            format!("the policies make {found} {what}, the most is {limit}"),
            at,
        )
        .note("all policies of the input count together; the place is the first policy's")
        .help(
            "compile fewer policies into one bundle, or merge policies that differ in few \
             labels or ports",
        ),
    );
}
