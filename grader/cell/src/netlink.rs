//! As much of rtnetlink(7) as a wire needs: make a link, change one, give it an address and a route.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::libc;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

/// A conversation with the kernel about the network namespace it was opened in.
pub(crate) struct Netlink {
    socket: OwnedFd,
}

/// Length, type, flags, sequence number, port: `struct nlmsghdr`.
const HEADER: usize = 16;

impl Netlink {
    pub(crate) fn open() -> io::Result<Self> {
        let (family, kind) = (AddressFamily::Netlink, SockType::Raw);
        Ok(Self { socket: socket(family, kind, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)? })
    }

    /// Sends one request and waits for its acknowledgement.
    pub(crate) fn ask(&self, request: Request) -> io::Result<()> {
        let message = request.finish();
        send(self.socket.as_raw_fd(), &message, MsgFlags::empty())?;
        let mut answer = [0; 1024];
        let length = recv(self.socket.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        acknowledged(&answer[..length])
    }
}

/// The verdict in an NLMSG_ERROR message: its payload starts with 0 or a negative errno.
fn acknowledged(answer: &[u8]) -> io::Result<()> {
    let number =
        |at: usize| answer.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes);
    let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    match (kind.map(i32::from), number(HEADER)) {
        (Some(libc::NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(libc::NLMSG_ERROR), Some(errno)) => Err(io::Error::from_raw_os_error(-errno)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "netlink answered without an acknowledgement")),
    }
}

/// A request under construction: header, fixed part, then attributes, which nest.
pub(crate) struct Request(Vec<u8>);

impl Request {
    fn new(kind: u16, flags: i32, fixed: &[u8]) -> Self {
        let flags = (libc::NLM_F_REQUEST | libc::NLM_F_ACK | flags) as u16;
        let mut message = vec![0; HEADER];
        message[4..6].copy_from_slice(&kind.to_ne_bytes());
        message[6..8].copy_from_slice(&flags.to_ne_bytes());
        message.extend_from_slice(fixed);
        Self(message)
    }

    /// Makes a link.
    pub(crate) fn new_link() -> Self {
        Self::new(libc::RTM_NEWLINK, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &link(0, 0))
    }

    /// Changes the link `index`, bringing it up if `flags` has `IFF_UP`.
    pub(crate) fn set_link(index: u32, flags: i32) -> Self {
        Self::new(libc::RTM_NEWLINK, 0, &link(index, flags as u32))
    }

    /// Removes the link `index`; a veth pair's other end goes with it.
    pub(crate) fn delete_link(index: u32) -> Self {
        Self::new(libc::RTM_DELLINK, 0, &link(index, 0))
    }

    /// Gives the link `index` an IPv4 address with a prefix of so many bits.
    pub(crate) fn new_address(index: u32, address: [u8; 4], prefix: u8) -> Self {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        Self::address(libc::RTM_NEWADDR, flags, index, address, prefix)
    }

    /// Takes such an address away.
    pub(crate) fn delete_address(index: u32, address: [u8; 4], prefix: u8) -> Self {
        Self::address(libc::RTM_DELADDR, 0, index, address, prefix)
    }

    fn address(kind: u16, flags: i32, index: u32, address: [u8; 4], prefix: u8) -> Self {
        // As ip(8) has it. All addresses of a prefix must have the same scope.
        let scope = if address[0] == 127 { libc::RT_SCOPE_HOST } else { libc::RT_SCOPE_UNIVERSE };
        let mut fixed = vec![libc::AF_INET as u8, prefix, 0, scope];
        fixed.extend_from_slice(&index.to_ne_bytes());
        Self::new(kind, flags, &fixed)
            .attribute(libc::IFA_LOCAL, &address)
            .attribute(libc::IFA_ADDRESS, &address)
    }

    /// Routes an IPv4 prefix by a gateway on the link `index`.
    pub(crate) fn new_route(index: u32, (destination, prefix): ([u8; 4], u8), gateway: [u8; 4]) -> Self {
        let (table, protocol) = (libc::RT_TABLE_MAIN, libc::RTPROT_BOOT);
        let mut fixed = vec![
            libc::AF_INET as u8,
            prefix,
            0,
            0,
            table,
            protocol,
            libc::RT_SCOPE_UNIVERSE,
            libc::RTN_UNICAST,
        ];
        fixed.extend_from_slice(&0_u32.to_ne_bytes());
        Self::new(libc::RTM_NEWROUTE, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &fixed)
            .attribute(libc::RTA_DST, &destination)
            .attribute(libc::RTA_GATEWAY, &gateway)
            .attribute(libc::RTA_OIF, &index.to_ne_bytes())
    }

    /// Adds an attribute: length, type, bytes, and zeros up to a multiple of four.
    pub(crate) fn attribute(mut self, kind: u16, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(&((bytes.len() + 4) as u16).to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(bytes);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    /// Adds an attribute whose bytes are the attributes that `inner` adds.
    pub(crate) fn nest(mut self, kind: u16, inner: impl FnOnce(Self) -> Self) -> Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[0, 0]);
        self.0.extend_from_slice(&kind.to_ne_bytes());
        let mut request = inner(self);
        let length = (request.0.len() - start) as u16;
        request.0[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        request
    }

    /// Adds the fixed part of a link message: the peer of a veth is described by a link message in an attribute.
    pub(crate) fn peer_header(mut self) -> Self {
        self.0.extend_from_slice(&link(0, 0));
        self
    }

    fn finish(mut self) -> Vec<u8> {
        let length = self.0.len() as u32;
        self.0[..4].copy_from_slice(&length.to_ne_bytes());
        self.0
    }
}

/// `struct ifinfomsg`: family, device type, index, flags, and which flags to change.
fn link(index: u32, flags: u32) -> [u8; 16] {
    let mut fixed = [0; 16];
    fixed[4..8].copy_from_slice(&index.to_ne_bytes());
    fixed[8..12].copy_from_slice(&flags.to_ne_bytes());
    fixed[12..16].copy_from_slice(&flags.to_ne_bytes());
    fixed
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_nest_with_their_lengths_and_padding() {
        let request = Request::new_link().nest(18, |inner| inner.attribute(1, b"veth\0"));
        let bytes = request.finish();
        assert_eq!(bytes.len(), HEADER + 16 + 4 + 12);
        assert_eq!(bytes[..4], 48_u32.to_ne_bytes());
        assert_eq!(bytes[32..34], 16_u16.to_ne_bytes(), "the nest holds one padded attribute");
        assert_eq!(bytes[36..38], 9_u16.to_ne_bytes(), "an attribute's length leaves its padding out");
        assert_eq!(&bytes[40..48], b"veth\0\0\0\0");
    }

    #[test]
    fn an_acknowledgement_tells_the_errno() {
        let answer = |errno: i32| {
            let mut bytes = vec![0; HEADER];
            bytes[4..6].copy_from_slice(&(libc::NLMSG_ERROR as u16).to_ne_bytes());
            bytes.extend_from_slice(&errno.to_ne_bytes());
            bytes
        };
        assert!(acknowledged(&answer(0)).is_ok());
        assert_eq!(acknowledged(&answer(-17)).unwrap_err().raw_os_error(), Some(libc::EEXIST));
        assert!(acknowledged(&[]).is_err());
    }

    #[test]
    fn the_kernel_refuses_an_unknown_link_by_name_of_the_error() {
        let netlink = Netlink::open().unwrap();
        let refused = netlink.ask(Request::delete_link(u32::MAX >> 1)).unwrap_err();
        assert!(matches!(refused.raw_os_error(), Some(libc::ENODEV | libc::EPERM)), "{refused}");
    }
}
