//! The four requests of rtnetlink that a network in miniature needs.
//!
//! A socket belongs to the namespace of the thread that opened it. Must not know pods or policies.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::fd::{AsRawFd, BorrowedFd},
};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::{
    AddressFamily, RouteNetlinkMessage,
    address::{AddressAttribute, AddressHeaderFlags, AddressMessage},
    link::{
        AfSpecInet6, AfSpecUnspec, In6AddrGenMode, InfoData, InfoKind, InfoVeth, LinkAttribute,
        LinkFlags, LinkInfo, LinkMessage,
    },
    route::{
        RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope,
        RouteType,
    },
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

/// A connection to rtnetlink.
pub struct Netlink {
    socket: Socket,
}

impl Netlink {
    /// Opens one in the calling thread's namespace.
    pub fn open() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self { socket })
    }

    /// Makes a pair of virtual interfaces: one here, the other end in another namespace. The other
    /// end makes up no IPv6 address of its own, so that it sends nothing unasked.
    pub fn add_veth(
        &self,
        name: &str,
        other_name: &str,
        other_namespace: BorrowedFd<'_>,
    ) -> io::Result<()> {
        let mut other = LinkMessage::default();
        other.attributes = vec![
            LinkAttribute::IfName(other_name.into()),
            LinkAttribute::NetNsFd(other_namespace.as_raw_fd()),
        ];
        let mut link = LinkMessage::default();
        link.attributes = vec![
            LinkAttribute::IfName(name.into()),
            LinkAttribute::LinkInfo(vec![
                LinkInfo::Kind(InfoKind::Veth),
                LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(other))),
            ]),
        ];
        self.request(
            RouteNetlinkMessage::NewLink(link),
            NLM_F_CREATE | NLM_F_EXCL,
        )
    }

    /// Brings an interface up. It makes up no IPv6 address of its own: that would be traffic that
    /// nobody asked for.
    pub fn set_up(&self, index: u32) -> io::Result<()> {
        let quiet = AfSpecInet6::AddrGenMode(In6AddrGenMode::None);
        let mut link = LinkMessage::default();
        link.header.index = index;
        link.header.flags = LinkFlags::Up;
        link.header.change_mask = LinkFlags::Up;
        link.attributes = vec![LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(
            vec![quiet],
        )])];
        self.request(RouteNetlinkMessage::SetLink(link), 0)
    }

    /// Gives an interface an address, usable at once: nobody else can have it here.
    pub fn add_address(&self, index: u32, address: IpAddr, prefix_length: u8) -> io::Result<()> {
        let mut message = AddressMessage::default();
        message.header.family = family(address);
        message.header.prefix_len = prefix_length;
        message.header.index = index;
        if address.is_ipv6() {
            message.header.flags = AddressHeaderFlags::Nodad;
        }
        message.attributes = vec![
            AddressAttribute::Local(address),
            AddressAttribute::Address(address),
        ];
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        self.request(RouteNetlinkMessage::NewAddress(message), flags)
    }

    /// Routes one address to an interface.
    pub fn add_host_route(&self, index: u32, address: IpAddr) -> io::Result<()> {
        let mut route = route(index, address);
        route.header.destination_prefix_length = if address.is_ipv4() { 32 } else { 128 };
        route.header.scope = RouteScope::Link;
        let destination = RouteAttribute::Destination(RouteAddress::from(address));
        route.attributes.push(destination);
        self.add_route(route)
    }

    /// Routes every address of the gateway's family to the gateway.
    pub fn add_default_route(&self, index: u32, gateway: IpAddr) -> io::Result<()> {
        let mut route = route(index, gateway);
        route
            .attributes
            .push(RouteAttribute::Gateway(gateway.into()));
        self.add_route(route)
    }

    fn add_route(&self, route: RouteMessage) -> io::Result<()> {
        let flags = NLM_F_CREATE | NLM_F_EXCL;
        self.request(RouteNetlinkMessage::NewRoute(route), flags)
    }

    fn request(&self, message: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        let mut request = NetlinkMessage::from(message);
        request.header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        request.finalize();
        let mut bytes = vec![0; request.buffer_len()];
        request.serialize(&mut bytes);
        self.socket.send(&bytes, 0)?;
        let (answer, _) = self.socket.recv_from_full()?;
        let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&answer)
            .map_err(|error| io::Error::other(error.to_string()))?;
        match answer.payload {
            NetlinkPayload::Error(error) if error.code.is_some() => Err(error.to_io()),
            NetlinkPayload::Error(_) => Ok(()),
            _ => Err(io::Error::other("rtnetlink gave no acknowledgement")),
        }
    }
}

fn route(index: u32, address: IpAddr) -> RouteMessage {
    let mut route = RouteMessage::default();
    route.header.address_family = family(address);
    route.header.table = RouteHeader::RT_TABLE_MAIN;
    route.header.protocol = RouteProtocol::Static;
    route.header.scope = RouteScope::Universe;
    route.header.kind = RouteType::Unicast;
    route.attributes = vec![RouteAttribute::Oif(index)];
    route
}

fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

/// The gateway of every pod, on the host side of its interface: nobody routes it.
pub(super) const GATEWAY_V4: Ipv4Addr = Ipv4Addr::new(169, 254, 1, 1);
/// The same for IPv6.
pub(super) const GATEWAY_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
