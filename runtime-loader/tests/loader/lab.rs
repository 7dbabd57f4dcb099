//! The network in miniature carries packets between its pods, over IPv4 and IPv6.

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
};

use crate::{bundles::addresses, node::Node};

#[test]
fn pods_reach_each_other_while_no_program_is_attached() {
    let Some(node) = Node::new("lab") else { return };
    let listener = node.listen(3, 8080);
    for address in addresses(3) {
        let mut client = node
            .connect(0, SocketAddr::new(address, 8080))
            .expect("nothing is in the way");
        let (mut server, _) = listener.accept().expect("somebody connected");
        client.write_all(b"x").expect("the connection is open");
        let mut byte = [0];
        server.read_exact(&mut byte).expect("the byte arrives");
    }
}
