//! The hidden half of every lab's contract.

use checks::Lab;

pub mod arp_watch;
pub mod framing;
pub mod syn_scan;
pub mod tcp_echo;
pub mod tcp_hello;
pub mod tcp_sixteen;

/// All labs, in the course's order: the same as [`checks::labs::ALL`].
pub static ALL: &[&Lab] =
    &[&tcp_hello::LAB, &tcp_echo::LAB, &tcp_sixteen::LAB, &framing::LAB, &syn_scan::LAB, &arp_watch::LAB];
