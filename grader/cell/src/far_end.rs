//! The far end of the wire.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{getsockopt, setsockopt, sockopt};
use nix::unistd::{read, write};

use crate::ring::Ring;
use crate::sys;

/// The far end of the wire: what programs send by `lab0` is received here, and what is sent here arrives there.
///
/// Frames are Ethernet frames without their trailing checksum. May be used from any thread; several receivers share
/// the frames.
#[derive(Debug)]
pub struct FarEnd {
    /// Non-blocking.
    descriptor: OwnedFd,
    /// Where the kernel puts received frames if the descriptor's own queue is too short for a wire.
    ring: Option<Mutex<Ring>>,
    /// Whether the kernel counts the frames it had no room for.
    counts: bool,
}

/// How many frames must fit into the queue: 40 ms of a scan with 200,000 frames a second.
pub(crate) const FRAMES: usize = 8192;
/// What the kernel charges the queue for a short frame.
const CHARGE: usize = 768;

impl FarEnd {
    /// Hears and speaks on one interface by a packet socket.
    pub(crate) fn listen(interface: u32) -> io::Result<Self> {
        let on: libc::c_int = 1;
        let socket = sys::packet_socket()?;
        sys::set_packet_option(&socket, libc::PACKET_IGNORE_OUTGOING, &on)?;
        sys::set_packet_option(&socket, libc::PACKET_QDISC_BYPASS, &on)?;
        // Setting up a ring takes the kernel 10 to 20 ms, so it is only for machines that allow no long queue.
        let ring = if lengthen_queue(&socket)? { None } else { Some(Mutex::new(Ring::attach(&socket)?)) };
        sys::bind_packet(&socket, interface)?;
        Ok(Self { descriptor: socket, ring, counts: true })
    }

    /// The file behind a TAP device, non-blocking.
    pub(crate) fn tap(descriptor: OwnedFd) -> Self {
        Self { descriptor, ring: None, counts: false }
    }

    /// Waits at most `timeout` for a frame that left `lab0`, and puts as much of it as fits into `buf`. `None` when
    /// none came in time; a zero timeout asks without waiting.
    ///
    /// # Errors
    /// What the system answers, for example that the interface is gone.
    pub fn recv(&self, buf: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(length) = self.take(buf)? {
                return Ok(Some(length));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            // poll counts whole milliseconds: rounded up, so that the last one is not spun away.
            let left = left + Duration::from_micros(999);
            let mut wanted = [PollFd::new(self.as_fd(), PollFlags::POLLIN)];
            match poll(&mut wanted, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A frame that is already here.
    fn take(&self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        match &self.ring {
            Some(ring) => Ok(ring.lock().expect("no receiver panics with the ring in its hands").take(buf)),
            None => match read(&self.descriptor, buf) {
                Ok(length) => Ok(Some(length)),
                Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Puts a frame on the wire, so that it arrives at `lab0`.
    ///
    /// # Errors
    /// What the system answers, for example that the frame is shorter than an Ethernet header or longer than the MTU.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        loop {
            match write(&self.descriptor, frame) {
                Ok(_) => return Ok(()),
                Err(Errno::EINTR) => {}
                // The transmit queue is full for a moment: it drains by itself, and faster than poll would return.
                Err(Errno::ENOBUFS | Errno::EAGAIN) => nix::sched::sched_yield()?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// How many frames were lost since the last call because nobody took them in time. A check that counts frames
    /// must not judge when this is not 0. (A TAP device doesn't tell: 0.)
    ///
    /// # Errors
    /// What the system answers.
    pub fn lost(&self) -> io::Result<u32> {
        if self.counts { Ok(sys::packet_statistics(&self.descriptor)?.tp_drops) } else { Ok(0) }
    }
}

/// Lets the socket's queue hold [`FRAMES`] frames; false if the machine's `net.core.rmem_max` forbids.
fn lengthen_queue(socket: &OwnedFd) -> io::Result<bool> {
    let size = FRAMES * CHARGE;
    // Only the machine's own root may force.
    if setsockopt(socket, sockopt::RcvBufForce, &size).is_err() {
        setsockopt(socket, sockopt::RcvBuf, &size)?;
    }
    Ok(getsockopt(socket, sockopt::RcvBuf)? >= size)
}

impl AsFd for FarEnd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
