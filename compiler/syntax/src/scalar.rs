//! What type a plain scalar has for Kubernetes: YAML 1.1 as the API server's reader knows it.
//!
//! Must not know spans or diagnostics.

/// Types that an explicit tag can force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CoreType {
    /// `!!str`.
    String,
    /// `!!int`, `!!bool`, `!!null`, `!!float`: the text decides, quoted or not.
    Other,
}

/// The type of a scalar, with the value where a field can have that type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    /// A decimal integer; `None` for another base or one that is too large for any field.
    Integer(Option<i64>),
    Float,
    String,
}

impl Resolved {
    /// As a message names it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float => "a number with a fraction",
            Self::String => "a string",
        }
    }
}

/// Resolves a plain scalar.
pub(crate) fn resolve(text: &str) -> Resolved {
    let Some(first) = text.bytes().next() else {
        return Resolved::Null;
    };
    match first {
        b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' => word(text),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        _ => Resolved::String,
    }
}

fn word(text: &str) -> Resolved {
    match text {
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Resolved::Bool(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Resolved::Bool(false)
        }
        _ => Resolved::String,
    }
}

fn number(text: &str) -> Resolved {
    // The reader drops underscores before it parses, so `1_000` is a number.
    let digits: std::borrow::Cow<'_, str> = if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_octal = unsigned.len() > 1 && unsigned.starts_with('0');
        return Resolved::Integer(if is_octal { None } else { digits.parse().ok() });
    }
    if is_based_integer(unsigned) {
        return Resolved::Integer(None);
    }
    let is_special =
        matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    if is_special || is_float(unsigned) {
        Resolved::Float
    } else {
        Resolved::String
    }
}

fn is_based_integer(text: &str) -> bool {
    let based = |prefixes: [&str; 2], radix: u32| {
        prefixes.iter().any(|prefix| {
            text.strip_prefix(prefix)
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix)))
        })
    };
    based(["0x", "0X"], 16) || based(["0o", "0O"], 8) || based(["0b", "0B"], 2)
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && all_digits(exponent)
    });
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    has_digits && all_digits(whole) && all_digits(fraction) && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_the_types_of_yaml_1_1() {
        for (text, expected) in [
            ("", Resolved::Null),
            ("~", Resolved::Null),
            ("null", Resolved::Null),
            ("yes", Resolved::Bool(true)),
            ("Off", Resolved::Bool(false)),
            ("n", Resolved::Bool(false)),
            ("nO", Resolved::String),
            ("80", Resolved::Integer(Some(80))),
            ("-5", Resolved::Integer(Some(-5))),
            ("010", Resolved::Integer(None)),
            ("0x1F", Resolved::Integer(None)),
            ("1_000", Resolved::Integer(Some(1000))),
            ("99999999999999999999", Resolved::Integer(None)),
            ("1.5", Resolved::Float),
            ("1e3", Resolved::Float),
            (".5", Resolved::Float),
            ("-.inf", Resolved::Float),
            ("1.2.3", Resolved::String),
            ("10.0.0.0/8", Resolved::String),
            ("0x", Resolved::String),
            (".", Resolved::String),
            ("-", Resolved::String),
            ("e3", Resolved::String),
            ("7c9fb5f4d", Resolved::String),
        ] {
            assert_eq!(resolve(text), expected, "{text:?}");
        }
    }
}
