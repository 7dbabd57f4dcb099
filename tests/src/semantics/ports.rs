//! Ports and protocols of Cilium's kinds (SEMANTICS.md).

use super::{cnp, holds};

fn ports(ports: &str) -> String {
    cnp(&format!(
        "ingress: [{{fromEndpoints: [{{}}], toPorts: [{{ports: [{ports}]}}]}}]"
    ))
}

#[test]
fn r5_any_is_tcp_udp_and_sctp_and_never_icmp() {
    for port in ["{port: '80'}", "{port: '80', protocol: ANY}"] {
        holds(
            &ports(port),
            &[
                "shop/web -> shop/db TCP/80: allow/allow",
                "shop/web -> shop/db UDP/80: allow/allow",
                "shop/web -> shop/db SCTP/80: allow/allow",
                "shop/web -> shop/db ICMP/80: allow/deny",
            ],
        );
    }
}

#[test]
fn r5_port_zero_is_every_port_of_the_protocol_and_no_icmp() {
    holds(
        &ports("{port: '0', protocol: TCP}"),
        &[
            "shop/web -> shop/db TCP/60000: allow/allow",
            "shop/web -> shop/db UDP/53: allow/deny",
        ],
    );
    holds(
        &ports("{port: '0'}"),
        &[
            "shop/web -> shop/db UDP/53: allow/allow",
            "shop/web -> shop/db ICMP/8: allow/deny",
        ],
    );
}

#[test]
fn r5_a_rule_without_ports_covers_icmp_and_everything() {
    holds(
        &cnp("ingress: [{fromEndpoints: [{}]}]"),
        &[
            "shop/web -> shop/db ICMP/8: allow/allow",
            "shop/web -> shop/db TCP/1: allow/allow",
        ],
    );
}

#[test]
fn s5_an_end_port_below_the_port_is_ignored() {
    holds(
        &ports("{port: '80', endPort: 70, protocol: TCP}"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "shop/web -> shop/db TCP/75: allow/deny",
        ],
    );
    holds(
        &ports("{port: '80', endPort: 82, protocol: TCP}"),
        &[
            "shop/web -> shop/db TCP/82: allow/allow",
            "shop/web -> shop/db TCP/83: allow/deny",
        ],
    );
}

#[test]
fn r11_a_named_port_is_the_subjects_own_on_ingress_name_and_protocol_and_case_aside() {
    for name in ["http", "HTTP"] {
        holds(
            &ports(&format!("{{port: {name}, protocol: TCP}}")),
            &[
                "shop/web -> shop/db TCP/81: allow/allow",
                "shop/web -> shop/db TCP/8080: allow/deny",
            ],
        );
    }
    holds(
        &ports("{port: http, protocol: UDP}"),
        &["shop/web -> shop/db UDP/81: allow/deny"],
    );
}

#[test]
fn r11_a_named_port_is_each_peers_own_on_egress_and_never_the_worlds() {
    holds(
        &cnp("egress: [{toEntities: [all], toPorts: [{ports: [{port: http, protocol: TCP}]}]}]"),
        &[
            "shop/db -> shop/web TCP/8080: allow/allow",
            "shop/db -> shop/web TCP/81: deny/allow",
            "shop/db -> ops/mon TCP/8080: deny/allow",
            "shop/db -> entity:world TCP/8080: deny/n/a",
            "shop/db -> entity:remote-node TCP/8080: deny/n/a",
        ],
    );
}

#[test]
fn s16_a_named_port_that_nobody_has_allows_and_denies_nothing_but_isolates() {
    holds(
        &ports("{port: nope, protocol: TCP}"),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
    holds(
        &cnp("ingress: [{fromEndpoints: [{}]}], \
             ingressDeny: [{toPorts: [{ports: [{port: nope, protocol: TCP}]}]}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "ops/mon -> shop/db TCP/80: allow/deny",
        ],
    );
}
