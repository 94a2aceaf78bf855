//! Received frames in memory shared with the kernel (packet(7), `PACKET_RX_RING`).
//!
//! A socket's own queue is bounded by `net.core.rmem_max`, which only the machine's root may exceed: where nobody raised
//! it, it holds some 550 frames, 3 ms of a fast scan. A ring may be as large as it likes.
#![expect(unsafe_code, reason = "reads memory that the kernel writes; each block says why it is sound")]

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::libc::{self, c_void, tpacket2_hdr};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};

use crate::far_end::FRAMES;
use crate::sys;

/// Room for one frame of the largest size (1,514 bytes) and its header.
const SLOT: usize = 2048;
const SLOTS: usize = FRAMES;
/// What the kernel allocates at a time.
const BLOCK: usize = 64 * 1024;

/// The ring and the place of its oldest frame.
#[derive(Debug)]
pub(crate) struct Ring {
    memory: NonNull<c_void>,
    next: usize,
}

// SAFETY: the mapping belongs to this value alone, and is not tied to the thread that made it.
unsafe impl Send for Ring {}

impl Ring {
    /// Makes `socket` receive into a ring from now on.
    pub(crate) fn attach(socket: impl AsFd) -> io::Result<Self> {
        let version = libc::tpacket_versions::TPACKET_V2 as libc::c_int;
        sys::set_packet_option(&socket, libc::PACKET_VERSION, &version)?;
        let request = libc::tpacket_req {
            tp_block_size: BLOCK as u32,
            tp_block_nr: (SLOT * SLOTS / BLOCK) as u32,
            tp_frame_size: SLOT as u32,
            tp_frame_nr: SLOTS as u32,
        };
        sys::set_packet_option(&socket, libc::PACKET_RX_RING, &request)?;
        let length = const { NonZeroUsize::new(SLOT * SLOTS).expect("not empty") };
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        let memory = unsafe { mmap(None, length, access, MapFlags::MAP_SHARED, &socket, 0) }?;
        Ok(Self { memory, next: 0 })
    }

    /// Copies the oldest frame into `buf` and gives its slot back; `None` when the ring is empty.
    pub(crate) fn take(&mut self, buf: &mut [u8]) -> Option<usize> {
        // SAFETY: `next` is below SLOTS, so the slot lies within the mapping, which lives as long as `self`.
        let slot = unsafe { self.memory.cast::<u8>().add(self.next * SLOT) };
        let header = slot.cast::<tpacket2_hdr>();
        // SAFETY: slots are aligned for their header, whose first field is the status word; both sides access it
        // atomically.
        let status = unsafe { AtomicU32::from_ptr(&raw mut (*header.as_ptr()).tp_status) };
        if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: the status says that the slot is ours, and the kernel filled in its header.
        let header = unsafe { header.read() };
        let start = usize::from(header.tp_mac);
        let length = (header.tp_snaplen as usize).min(SLOT.saturating_sub(start)).min(buf.len());
        // SAFETY: `start + length` is at most SLOT, so the source lies within our slot; `buf` is elsewhere.
        unsafe { ptr::copy_nonoverlapping(slot.as_ptr().add(start), buf.as_mut_ptr(), length) };
        status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % SLOTS;
        Some(length)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and nothing borrows from it. A failure would leave it until exit.
        let _ = unsafe { munmap(self.memory, SLOT * SLOTS) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;
    use nix::net::if_::if_nametoindex;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sched::{CloneFlags, unshare};
    use nix::unistd::write;
    use std::os::fd::OwnedFd;

    /// In a network of this thread's own, which takes root: the cell's tests, which need none, see a ring only on
    /// machines with a small `net.core.rmem_max`.
    #[test]
    fn frames_come_in_order_and_round_the_ring() {
        if unshare(CloneFlags::CLONE_NEWNET).is_err() {
            eprintln!("not tested: needs root");
            return;
        }
        wire::loopback_up().unwrap();
        let socket = sys::packet_socket().unwrap();
        let mut ring = Ring::attach(&socket).unwrap();
        sys::bind_packet(&socket, if_nametoindex("lo").unwrap()).unwrap();
        let mut buf = [0; 100];
        assert_eq!(ring.take(&mut buf), None);
        for number in 0..SLOTS as u32 {
            let mut frame = [0; 64];
            frame[60..].copy_from_slice(&number.to_be_bytes());
            assert_eq!(write(&socket, &frame).unwrap(), 64);
            assert_eq!(wait(&socket, &mut ring, &mut buf), 64);
            assert_eq!(buf[60..64], number.to_be_bytes());
        }
        assert_eq!(ring.take(&mut buf), None);
        write(&socket, &[1; 200]).unwrap();
        assert_eq!(wait(&socket, &mut ring, &mut buf), 100, "cut to fit");
    }

    /// The next frame's length: its way over lo may take a moment.
    fn wait(socket: &OwnedFd, ring: &mut Ring, buf: &mut [u8]) -> usize {
        loop {
            if let Some(length) = ring.take(buf) {
                return length;
            }
            let mut wanted = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
            assert_eq!(poll(&mut wanted, PollTimeout::from(5_000_u16)), Ok(1), "a frame comes");
        }
    }
}
