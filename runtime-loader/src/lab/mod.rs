//! A cluster's node in miniature: pods in namespaces of their own, joined by one that routes.
//!
//! The demo and the kernel tests run in it. The machine's own network is not touched, no other
//! program is needed, and nothing is left behind. Must not know policies or bundles.
//!
//! ```text
//!  pod namespace            node namespace                     pod namespace
//!  eth0 10.0.1.5/32 ◄─────► pod0 169.254.1.1, fe80::1
//!                           forwards between them
//!                           pod1 169.254.1.1, fe80::1 ◄─────► eth0 10.0.1.6/32
//! ```

mod namespace;
mod netlink;

use std::{fs, io, net::IpAddr, os::fd::AsFd};

pub use namespace::Namespace;
pub use netlink::Netlink;
use netlink::{GATEWAY_V4, GATEWAY_V6};

use crate::attach;

/// A node with its pods.
#[derive(Debug)]
pub struct Lab {
    node: Namespace,
    pods: Vec<Namespace>,
}

impl Lab {
    /// Makes a node, and a pod for each item: the name of its interface on the node, and its
    /// addresses.
    pub fn new<'a>(pods: impl IntoIterator<Item = (&'a str, &'a [IpAddr])>) -> io::Result<Self> {
        let node = Namespace::new()?;
        node.run(|| {
            // Forwarding is a setting of the namespace, and only this file system has it.
            fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
            fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
        })?;
        let mut lab = Self {
            node,
            pods: Vec::new(),
        };
        for (interface, addresses) in pods {
            let pod = lab.add_pod(interface, addresses)?;
            lab.pods.push(pod);
        }
        Ok(lab)
    }

    /// The node's namespace, which has the host side of every pod's interface.
    pub const fn node(&self) -> &Namespace {
        &self.node
    }

    /// The namespace of the pod at this place in the list it was made from.
    pub fn pod(&self, index: usize) -> Option<&Namespace> {
        self.pods.get(index)
    }

    fn add_pod(&self, interface: &str, addresses: &[IpAddr]) -> io::Result<Namespace> {
        let pod = Namespace::new()?;
        self.node.run(|| {
            let netlink = Netlink::open()?;
            netlink.add_veth(interface, "eth0", pod.as_fd())?;
            let index = index_of(interface)?;
            netlink.set_up(index)?;
            netlink.add_address(index, GATEWAY_V4.into(), 32)?;
            netlink.add_address(index, GATEWAY_V6.into(), 64)?;
            for address in addresses {
                netlink.add_host_route(index, *address)?;
            }
            Ok(())
        })?;
        pod.run(|| {
            let netlink = Netlink::open()?;
            netlink.set_up(index_of("lo")?)?;
            let index = index_of("eth0")?;
            netlink.set_up(index)?;
            for address in addresses {
                let length = if address.is_ipv4() { 32 } else { 128 };
                netlink.add_address(index, *address, length)?;
            }
            if addresses.iter().any(IpAddr::is_ipv4) {
                netlink.add_host_route(index, GATEWAY_V4.into())?;
                netlink.add_default_route(index, GATEWAY_V4.into())?;
            }
            if addresses.iter().any(IpAddr::is_ipv6) {
                netlink.add_default_route(index, GATEWAY_V6.into())?;
            }
            Ok(())
        })?;
        Ok(pod)
    }
}

fn index_of(name: &str) -> io::Result<u32> {
    attach::index_of(name).map_err(io::Error::other)
}
