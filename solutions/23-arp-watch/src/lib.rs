//! Lab 23: a detector of ARP spoofing.
