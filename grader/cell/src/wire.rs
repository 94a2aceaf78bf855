//! The virtual wire: the interface `lab0`, and a far end in the runner's hands on which other hosts are played.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::time::Duration;

use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, setns, unshare};

use crate::error::{Error, Trying};
use crate::far_end::FarEnd;
use crate::netlink::{Netlink, Request};
use crate::{sys, tap};

/// The student's end.
pub(crate) const NEAR: &str = "lab0";
const FAR: &str = "far0";

pub(crate) const NEAR_MAC: [u8; 6] = [2, 0, 10, 77, 0, 1];
const ADDRESS: ([u8; 4], u8) = ([10, 77, 0, 1], 24);
const GATEWAY: [u8; 4] = [10, 77, 0, 254];

/// Where everything not local goes in a cell with a network of its own.
const EVERYWHERE: ([u8; 4], u8) = ([0; 4], 0);
/// Addresses for documentation (RFC 5737): all that is routed to the wire where the machine's own routes must stay.
const TEST_NET_1: ([u8; 4], u8) = ([192, 0, 2, 0], 24);

/// Stretches a wire from this network namespace into one more, which only the far end's socket keeps alive: so a
/// program finds `lo` and `lab0` here and nothing else.
pub(crate) fn between_namespaces() -> Result<FarEnd, Error> {
    let student = File::open("/proc/self/ns/net").trying_to("hold on to its network namespace")?;
    unshare(CloneFlags::CLONE_NEWNET).trying_to("create a network namespace for the far end")?;
    let far = far_side(Some(&student));
    setns(&student, CloneFlags::CLONE_NEWNET).trying_to("return to its network namespace")?;
    let far = far?;
    near_side(EVERYWHERE)?;
    Ok(far)
}

/// Stretches a wire within this network namespace: by veth, else by TAP.
///
/// It stays until [`remove`], whatever becomes of this process.
pub(crate) fn within_namespace() -> Result<FarEnd, Error> {
    remove().trying_to("remove a wire that an earlier run left")?;
    let far = far_side(None).or_else(|_| tap::open(NEAR))?;
    near_side(TEST_NET_1)?;
    Ok(far)
}

/// Waits until no other cell has a wire in this network namespace. The kernel gives the reservation back when the last
/// process that holds it is gone.
pub(crate) fn reserve() -> io::Result<UnixListener> {
    const PATIENCE: Duration = Duration::from_secs(60);
    // Abstract names belong to the network namespace, just as the interface's does.
    let address = SocketAddr::from_abstract_name("wirelab-wire")?;
    loop {
        match UnixListener::bind_addr(&address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
        // Never accepted; it ends when its listener does.
        if let Ok(mut holder) = UnixStream::connect_addr(&address) {
            holder.set_read_timeout(Some(PATIENCE))?;
            match holder.read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    }
}

/// Removes the wire from this network namespace, if there is one.
pub(crate) fn remove() -> io::Result<()> {
    match if_nametoindex(NEAR) {
        Ok(index) => Netlink::open()?.ask(Request::delete_link(index)),
        Err(_) => Ok(()),
    }
}

/// Makes the pair from the far side, its near end in `student` or else here, and opens the far end.
fn far_side(student: Option<&File>) -> Result<FarEnd, Error> {
    let netlink = Netlink::open().trying_to("open netlink")?;
    netlink.ask(veth_pair(student)).trying_to("create a veth pair")?;
    let index = if_nametoindex(FAR).trying_to("find the veth's far end")?;
    netlink.without_ipv6(index).trying_to("keep IPv6 off the far end")?;
    // The kernel must not answer for hosts that are played here, not even their ARP.
    netlink
        .ask(Request::set_link(index, libc::IFF_UP | libc::IFF_NOARP))
        .trying_to("bring the far end up")?;
    FarEnd::listen(index).trying_to("open the far end")
}

fn veth_pair(student: Option<&File>) -> Request {
    const VETH_INFO_PEER: u16 = 1;
    let name =
        |request: Request, name: &str| request.attribute(libc::IFLA_IFNAME, format!("{name}\0").as_bytes());
    name(Request::new_link(), FAR).nest(libc::IFLA_LINKINFO, |info| {
        info.attribute(libc::IFLA_INFO_KIND, b"veth").nest(libc::IFLA_INFO_DATA, |data| {
            data.nest(VETH_INFO_PEER, |peer| {
                let peer = name(peer.peer_header(), NEAR).attribute(libc::IFLA_ADDRESS, &NEAR_MAC);
                match student {
                    Some(file) => peer.attribute(libc::IFLA_NET_NS_FD, &file.as_raw_fd().to_ne_bytes()),
                    None => peer,
                }
            })
        })
    })
}

/// Sets up `lab0`: silent until a program speaks, with true checksums in its frames.
fn near_side(route: ([u8; 4], u8)) -> Result<(), Error> {
    let netlink = Netlink::open().trying_to("open netlink")?;
    let index = if_nametoindex(NEAR).trying_to("find lab0")?;
    netlink.without_ipv6(index).trying_to("keep IPv6 off lab0")?;
    checksum_in_software(&netlink).trying_to("turn off lab0's checksum offload")?;
    netlink.ask(Request::set_link(index, libc::IFF_UP)).trying_to("bring lab0 up")?;
    netlink.ask(Request::new_address(index, ADDRESS.0, ADDRESS.1)).trying_to("give lab0 its address")?;
    match netlink.ask(Request::new_route(index, route, GATEWAY)) {
        // The machine itself lives there: its own way stays.
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(()),
        result => result.trying_to("route to lab0"),
    }
}

impl Netlink {
    /// Keeps a link from making itself an IPv6 address, whose announcements would be noise on the wire.
    fn without_ipv6(&self, index: u32) -> io::Result<()> {
        const IFLA_INET6_ADDR_GEN_MODE: u16 = 8;
        const IN6_ADDR_GEN_MODE_NONE: u8 = 1;
        let request = Request::set_link(index, 0).nest(libc::IFLA_AF_SPEC, |families| {
            families.nest(libc::AF_INET6 as u16, |ipv6| {
                ipv6.attribute(IFLA_INET6_ADDR_GEN_MODE, &[IN6_ADDR_GEN_MODE_NONE])
            })
        });
        match self.ask(request) {
            // A kernel without IPv6 makes no such noise.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EOPNOTSUPP)) => {
                Ok(())
            }
            result => result,
        }
    }
}

/// Brings `lo` up, which a fresh network namespace has down.
pub(crate) fn loopback_up() -> Result<(), Error> {
    let netlink = Netlink::open().trying_to("open netlink")?;
    let index = if_nametoindex("lo").trying_to("find lo")?;
    netlink.ask(Request::set_link(index, libc::IFF_UP)).trying_to("bring lo up")
}

/// `ETHTOOL_STXCSUM` 0: else the kernel leaves the checksum of a TCP segment to a device that isn't there.
fn checksum_in_software(descriptor: &Netlink) -> io::Result<()> {
    #[repr(C)]
    struct EthtoolValue {
        command: u32,
        data: u32,
    }
    const ETHTOOL_STXCSUM: u32 = 0x17;
    let mut value = EthtoolValue { command: ETHTOOL_STXCSUM, data: 0 };
    let pointer = (&raw mut value).cast();
    sys::interface_ioctl(descriptor, libc::SIOCETHTOOL as libc::Ioctl, NEAR, |ifru| ifru.ifru_data = pointer)
}
