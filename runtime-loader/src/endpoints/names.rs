//! The words of an endpoints file, each checked when it is parsed, so that nothing later has to.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};
use ztc_abi::{Address, Protocol};

/// Declares a text that is checked when it is parsed.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                match check(&text) {
                    Ok(()) => Ok(Self(text)),
                    Err(wrong) => Err(format!("`{text}` {wrong}")),
                }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text! {
    /// The name of a pod, a namespace, a node or a service account.
    Name, |text| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        if text.is_empty() || text.len() > 253 || !text.chars().all(allowed) {
            return Err("is not a Kubernetes name: lower-case letters, digits, `-` and `.`");
        }
        Ok(())
    }
}

checked_text! {
    /// The name of a network interface.
    InterfaceName, |text| {
        let refused = |c: char| c == '/' || c == ':' || c.is_whitespace();
        let long = text.is_empty() || text.len() > 15;
        if long || text.contains(refused) || text == "." || text == ".." {
            return Err("is not the name of an interface: 1 to 15 characters, no space, `/` or `:`");
        }
        Ok(())
    }
}

/// An address that a pod can have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PodAddress(IpAddr);

impl PodAddress {
    /// The address.
    pub const fn ip(self) -> IpAddr {
        self.0
    }

    /// As the kernel's maps know it.
    pub const fn wire(self) -> Address {
        match self.0 {
            IpAddr::V4(v4) => Address::from_ipv4(v4.octets()),
            IpAddr::V6(v6) => Address::from_ipv6(v6.octets()),
        }
    }
}

impl TryFrom<String> for PodAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Ok(address) = text.parse::<IpAddr>() else {
            return Err(format!("`{text}` is not an IPv4 or IPv6 address"));
        };
        let mapped = match address {
            IpAddr::V4(_) => false,
            IpAddr::V6(v6) => v6.to_ipv4_mapped().is_some(),
        };
        if mapped {
            return Err(format!(
                "`{text}` is an IPv4 address in IPv6 clothes: write it as IPv4"
            ));
        }
        if address.is_unspecified() || address.is_multicast() || address.is_loopback() {
            return Err(format!("`{text}` is not an address that a pod can have"));
        }
        Ok(Self(address))
    }
}

impl From<PodAddress> for String {
    fn from(address: PodAddress) -> Self {
        address.0.to_string()
    }
}

/// A protocol that has ports, upper case as manifests write it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ProtocolName {
    /// The default of Kubernetes.
    #[serde(rename = "TCP")]
    Tcp,
    /// UDP.
    #[serde(rename = "UDP")]
    Udp,
    /// SCTP.
    #[serde(rename = "SCTP")]
    Sctp,
}

impl From<ProtocolName> for Protocol {
    fn from(name: ProtocolName) -> Self {
        match name {
            ProtocolName::Tcp => Self::Tcp,
            ProtocolName::Udp => Self::Udp,
            ProtocolName::Sctp => Self::Sctp,
        }
    }
}
