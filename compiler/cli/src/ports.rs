//! Ports as they are given in flags and in assertions: `8080/TCP`, `5432-5433/TCP`, `TCP`.
//!
//! Must not know what is asked about them.

use ztc_abi::Protocol;
use ztc_reach::{PortRange, PortSet};
use ztc_syntax::{AssertedProtocol, NotPorts, parse_ports};

use crate::exit::Failure;

/// A flag with something that is no port.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{text}` is not a port and a protocol: {reason}")]
#[diagnostic(help(
    "write 8080/TCP, 5432-5433/TCP, TCP for all of it, or 8/ICMP for ICMP type 8; the protocols \
     are TCP, UDP, SCTP, ICMP and ICMPv6"
))]
struct NotInFlag {
    text: String,
    reason: String,
}

/// The ports of a flag that can be repeated; `None` where it is not given.
pub(crate) fn of_flag(texts: &[String]) -> Result<Option<PortSet>, Failure> {
    let mut ranges: Vec<PortRange> = Vec::new();
    for text in texts {
        let (protocol, first, last) = parse_ports(&as_written(text)).map_err(|wrong| {
            let reason = match wrong {
                NotPorts::Protocol(name) => format!("there is no protocol `{name}` here"),
                NotPorts::Numbers(reason) => reason,
            };
            let text = text.clone();
            Failure::Report(NotInFlag { text, reason }.into())
        })?;
        ranges.extend(range(protocol, first, last));
    }
    Ok((!ranges.is_empty()).then(|| ranges.into_iter().collect()))
}

/// Ports of a protocol.
pub(crate) fn range(protocol: AssertedProtocol, first: u16, last: u16) -> Option<PortRange> {
    let protocol = match protocol {
        AssertedProtocol::Tcp => Protocol::Tcp,
        AssertedProtocol::Udp => Protocol::Udp,
        AssertedProtocol::Sctp => Protocol::Sctp,
        AssertedProtocol::Icmp => Protocol::Icmp,
        AssertedProtocol::Icmpv6 => Protocol::Icmpv6,
    };
    PortRange::new(protocol, first, last)
}

/// With the protocol as files have it: in a flag nobody wants to hold the shift key.
fn as_written(text: &str) -> String {
    let (numbers, name) = text.rsplit_once('/').unwrap_or(("", text));
    let mut known = AssertedProtocol::ALL.into_iter();
    let Some(protocol) = known.find(|one| one.name().eq_ignore_ascii_case(name)) else {
        return text.to_owned();
    };
    let slash = text.len() > name.len();
    format!(
        "{numbers}{}{}",
        if slash { "/" } else { "" },
        protocol.name()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(texts: &[&str]) -> Option<String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let found = of_flag(&texts).ok()?;
        found.map(|ports| ports.to_string())
    }

    #[test]
    fn flags_take_what_assertions_take() {
        assert_eq!(ports(&["8080/tcp"]).as_deref(), Some("8080/TCP"));
        let several = ports(&["5432-5433/TCP", "icmpv6", "8/ICMP"]);
        assert_eq!(
            several.as_deref(),
            Some("5432-5433/TCP, 8/ICMP, all ICMPv6")
        );
        assert!(matches!(of_flag(&[]), Ok(None)));
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for wrong in [
            "8080",
            "/TCP",
            "90-80/TCP",
            "70000/TCP",
            "256/ICMP",
            "1/QUIC",
            "other",
            "",
        ] {
            assert!(of_flag(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
