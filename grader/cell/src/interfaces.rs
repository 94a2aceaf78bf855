//! A cell's interfaces, changed while its programs run: an address that comes and goes, another MTU.

use std::io;
use std::net::Ipv4Addr;

use nix::libc;
use nix::net::if_::if_nametoindex;

use crate::cell::Cell;
use crate::netlink::{Netlink, Request};
use crate::rung::Rung;
use crate::wire;

/// An address alone, without neighbours.
const HOST: u8 = 32;

impl Cell {
    /// Gives `lo` one more address, from which and to which programs of this cell can send.
    ///
    /// # Errors
    /// Those of the kernel; `Unsupported` where the network is the machine's own, which is nobody's to change.
    pub fn add_address(&self, address: Ipv4Addr) -> io::Result<()> {
        self.change("lo", |lo| Request::new_address(lo, address.octets(), HOST))
    }

    /// Takes such an address away: from now on there is no way to it.
    ///
    /// # Errors
    /// As [`Cell::add_address`].
    pub fn remove_address(&self, address: Ipv4Addr) -> io::Result<()> {
        self.change("lo", |lo| Request::delete_address(lo, address.octets(), HOST))
    }

    /// Sets how long a packet on `lab0` may be, in bytes; 1500 at first.
    ///
    /// # Errors
    /// As [`Cell::add_address`].
    pub fn set_mtu(&self, mtu: u32) -> io::Result<()> {
        self.change(wire::NEAR, |lab0| {
            Request::set_link(lab0, libc::IFF_UP).attribute(libc::IFLA_MTU, &mtu.to_ne_bytes())
        })
    }

    fn change(&self, interface: &str, request: impl FnOnce(u32) -> Request) -> io::Result<()> {
        if !matches!(self.rung(), Rung::A | Rung::B) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Netlink::open()?.ask(request(if_nametoindex(interface)?))
    }
}
