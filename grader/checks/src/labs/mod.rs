//! The contract of every lab: a table, then one short function a check.

use crate::spec::Lab;

pub mod arp_watch;
pub mod async_echo;
pub mod c10k;
pub mod config_server;
pub mod framing;
pub mod http_get;
pub mod http_server;
pub mod http_sniff;
pub mod kv_store;
pub mod net_errors;
pub mod net_info;
pub mod packet_craft;
pub mod port_scan;
pub mod server_clinic;
pub mod sntp;
pub mod syn_scan;
pub mod tcp_deadlock;
pub mod tcp_echo;
pub mod tcp_hello;
pub mod tcp_shutdown;
pub mod tcp_sixteen;
pub mod threaded_echo;
pub mod udp_chat;
pub mod udp_hello;
pub mod udp_lan;
pub mod udp_reliable;

/// All labs, in the course's order.
pub static ALL: &[&Lab] = &[
    &net_info::LAB,
    &tcp_hello::LAB,
    &tcp_echo::LAB,
    &tcp_sixteen::LAB,
    &tcp_deadlock::LAB,
    &tcp_shutdown::LAB,
    &net_errors::LAB,
    &udp_hello::LAB,
    &udp_reliable::LAB,
    &udp_lan::LAB,
    &udp_chat::LAB,
    &sntp::LAB,
    &framing::LAB,
    &kv_store::LAB,
    &http_get::LAB,
    &http_server::LAB,
    &port_scan::LAB,
    &threaded_echo::LAB,
    &async_echo::LAB,
    &packet_craft::LAB,
    &syn_scan::LAB,
    &http_sniff::LAB,
    &arp_watch::LAB,
    &server_clinic::LAB,
    &c10k::LAB,
    &config_server::LAB,
];
