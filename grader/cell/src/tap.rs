//! The wire where there is no veth: a TAP device, whose far end is a file (Documentation/networking/tuntap).

use std::fs::OpenOptions;
use std::os::fd::OwnedFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::net::if_::if_nametoindex;

use crate::error::{Error, Trying};
use crate::far_end::FarEnd;
use crate::netlink::{Netlink, Request};
use crate::sys;
use crate::wire::NEAR_MAC;

/// Makes the device `name`, which vanishes with the far end.
pub(crate) fn open(name: &str) -> Result<FarEnd, Error> {
    let file =
        OpenOptions::new().read(true).write(true).open("/dev/net/tun").trying_to("open /dev/net/tun")?;
    let flags = (libc::IFF_TAP | libc::IFF_NO_PI) as libc::c_short;
    sys::interface_ioctl(&file, libc::TUNSETIFF, name, |ifru| ifru.ifru_flags = flags)
        .trying_to("create a TAP device")?;
    fcntl(&file, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).trying_to("make the TAP device non-blocking")?;
    let index = if_nametoindex(name).trying_to("find the TAP device")?;
    Netlink::open()
        .and_then(|netlink| netlink.ask(Request::set_link(index, 0).attribute(libc::IFLA_ADDRESS, &NEAR_MAC)))
        .trying_to("give the TAP device its address")?;
    Ok(FarEnd::tap(OwnedFd::from(file)))
}
