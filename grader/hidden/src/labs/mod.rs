//! The hidden half of every lab's contract.

use checks::Lab;

pub mod arp_watch;
pub mod framing;
pub mod sntp;
pub mod syn_scan;
pub mod tcp_echo;
pub mod tcp_hello;
pub mod udp_reliable;

/// All labs, in the course's order: the same as [`checks::labs::ALL`].
pub static ALL: &[&Lab] = &[
    &tcp_hello::LAB,
    &tcp_echo::LAB,
    &udp_reliable::LAB,
    &sntp::LAB,
    &framing::LAB,
    &syn_scan::LAB,
    &arp_watch::LAB,
];
