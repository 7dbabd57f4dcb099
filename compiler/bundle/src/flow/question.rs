//! Questions: who to whom, on which protocol and port.
//!
//! Must not know bundles: names stay names here.

use serde::{Deserialize, Serialize};
use ztc_abi::Protocol;

/// One question, as a line of `--flows` has it and as the answer repeats it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The end that opens the connection.
    pub from: String,
    /// The end that it is opened to.
    pub to: String,
    /// `TCP`, `UDP`, `SCTP`, `ICMP` or `ICMPv6`.
    pub protocol: String,
    /// Destination port or ICMP type.
    pub port: u16,
}

/// A question that cannot be asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAQuestion {
    /// No slash, or no number before it.
    #[error("`{text}` is not a port and a protocol")]
    Port {
        /// What was given.
        text: String,
    },
    /// A protocol that policies cannot name.
    #[error("`{text}` is not a protocol that policies know")]
    Protocol {
        /// What was given.
        text: String,
    },
    /// A type has eight bits.
    #[error("there is no ICMP type {port}")]
    IcmpType {
        /// What was given.
        port: u16,
    },
}

impl NotAQuestion {
    /// What the caller can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Port { .. } => "write 8080/TCP, 53/UDP, or 8/ICMP for ICMP type 8",
            Self::Protocol { .. } => "it is one of TCP, UDP, SCTP, ICMP, ICMPv6",
            Self::IcmpType { .. } => {
                "ICMP types are 0 to 255; 8 is an echo request, in ICMPv6 it is 128"
            }
        }
    }
}

impl Question {
    /// A question from a command line; `port` is `PORT/PROTOCOL`.
    ///
    /// # Errors
    ///
    /// A port or protocol that does not exist.
    pub fn new(from: &str, to: &str, port: &str) -> Result<Self, NotAQuestion> {
        let (protocol, port) = parse_port(port)?;
        Ok(Self {
            from: from.into(),
            to: to.into(),
            protocol: protocol.name().into(),
            port,
        })
    }

    /// The protocol, with a port that it can have.
    ///
    /// # Errors
    ///
    /// Another protocol, or an ICMP type that does not exist.
    pub fn protocol(&self) -> Result<Protocol, NotAQuestion> {
        with_port(protocol_named(&self.protocol)?, self.port)
    }
}

/// `PORT/PROTOCOL` from a command line; of ICMP it is the type.
///
/// # Errors
///
/// A port or protocol that does not exist.
pub fn parse_port(text: &str) -> Result<(Protocol, u16), NotAQuestion> {
    let wrong = || NotAQuestion::Port { text: text.into() };
    let (number, protocol) = text.split_once('/').ok_or_else(wrong)?;
    let protocol = protocol_named(protocol)?;
    let port = number.parse().map_err(|_| wrong())?;
    Ok((with_port(protocol, port)?, port))
}

/// A protocol, with a port that it can have.
fn with_port(protocol: Protocol, port: u16) -> Result<Protocol, NotAQuestion> {
    match protocol {
        Protocol::Icmp | Protocol::Icmpv6 if port > 255 => Err(NotAQuestion::IcmpType { port }),
        protocol => Ok(protocol),
    }
}

fn protocol_named(text: &str) -> Result<Protocol, NotAQuestion> {
    Protocol::ALL
        .into_iter()
        .filter(|&protocol| protocol != Protocol::Other)
        .find(|protocol| protocol.name().eq_ignore_ascii_case(text))
        .ok_or_else(|| NotAQuestion::Protocol { text: text.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_protocols_are_read_and_refused() {
        let question = Question::new("a", "b", "8080/tcp").expect("it is a question");
        assert_eq!((question.port, question.protocol.as_str()), (8080, "TCP"));
        for (port, says) in [
            ("8080", "`8080` is not a port and a protocol"),
            ("x/TCP", "`x/TCP` is not a port and a protocol"),
            ("70000/TCP", "`70000/TCP` is not a port and a protocol"),
            ("1/QUIC", "`QUIC` is not a protocol that policies know"),
            ("1/other", "`other` is not a protocol that policies know"),
            ("300/ICMP", "there is no ICMP type 300"),
        ] {
            let refused = Question::new("a", "b", port).expect_err("it is no question");
            assert_eq!(refused.to_string(), says);
            assert!(!refused.advice().is_empty());
        }
    }
}
