//! A cell's interfaces, changed while its programs run: an address that comes and goes, another MTU.

use std::net::Ipv4Addr;

use nix::libc;
use nix::net::if_::if_nametoindex;

use crate::cell::Cell;
use crate::netlink::{Netlink, Request};
use crate::wire;

impl Cell {
    /// Gives `lo` one more address, with a prefix of so many bits.
    ///
    /// # Errors
    /// In words, why not: what a check skips with.
    pub fn add_address(&self, address: Ipv4Addr, prefix: u8) -> Result<(), String> {
        let what = format!("add {address}/{prefix} to lo");
        self.change_interface("lo", &what, |lo| Request::new_address(lo, address.octets(), prefix))
    }

    /// Takes such an address away: from now on there is no way to it.
    ///
    /// # Errors
    /// In words, why not: what a check skips with.
    pub fn remove_address(&self, address: Ipv4Addr, prefix: u8) -> Result<(), String> {
        let what = format!("remove {address}/{prefix} from lo");
        self.change_interface("lo", &what, |lo| Request::delete_address(lo, address.octets(), prefix))
    }

    /// Sets how long a packet on `lab0` may be, in bytes; 1500 at first.
    ///
    /// # Errors
    /// In words, why not: what a check skips with.
    pub fn set_mtu(&self, mtu: u32) -> Result<(), String> {
        self.change_interface(wire::NEAR, &format!("set the MTU of {} to {mtu}", wire::NEAR), |lab0| {
            Request::set_link(lab0, libc::IFF_UP).attribute(libc::IFLA_MTU, &mtu.to_ne_bytes())
        })
    }

    fn change_interface(
        &self,
        interface: &str,
        what: &str,
        request: impl FnOnce(u32) -> Request,
    ) -> Result<(), String> {
        self.change(|| Netlink::open()?.ask(request(if_nametoindex(interface)?)), what)
    }
}
