//! A file that a program reads while the grader still writes it.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::deadline::{Deadline, PATIENCE};
use crate::fault::Fault;
use crate::program::Program;
use crate::recorder::Recorder;

/// What the pipe holds at most: as much as Linux lets anybody have (pipe(7)), so that few turns carry much.
const CAPACITY: i32 = 1 << 20;

/// A named pipe that stands for a file. It ends when this is dropped.
///
/// What a program that has read so much, and no more, looks like can so be told exactly.
#[derive(Debug)]
pub struct Feed {
    /// Open in both directions: so it is there before the program comes, and after it has gone.
    pipe: File,
    recorder: Recorder,
}

impl Feed {
    pub(crate) fn create(path: &Path, recorder: &Recorder) -> Result<Feed, Fault> {
        let trouble =
            |error: Errno| Fault::infra(format!("Failed to make a pipe {}: {error}", path.display()));
        mkfifo(path, Mode::from_bits_truncate(0o644)).map_err(trouble)?;
        let flags = OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let pipe = File::options().read(true).write(true).custom_flags(flags.bits()).open(path)?;
        // A shorter one does as well.
        let _ = fcntl(&pipe, FcntlArg::F_SETPIPE_SZ(CAPACITY));
        Ok(Feed { pipe, recorder: recorder.clone() })
    }

    /// Writes bytes, and waits until the program has read them all and sleeps.
    pub fn write(&mut self, bytes: &[u8], program: &Program) -> Result<(), Fault> {
        self.recorder.sent(format!("{} bytes of the file", bytes.len()));
        let deadline = Deadline::after(PATIENCE * 4);
        let mut rest = bytes;
        let read = deadline.try_poll(|| {
            rest = &rest[self.write_some(rest)?..];
            let is_read = rest.is_empty() && self.is_empty()?;
            // Nobody reads it any more when the program has ended; that is told as what it is.
            program.facts().resident()?;
            Ok::<_, Fault>((is_read && program.facts().is_asleep()?).then_some(()))
        })?;
        read.ok_or_else(|| {
            Fault::expected("the program to read its file")
                .but_waited(format!("it has not read all of it in {:?}", deadline.limit()))
        })
    }

    fn write_some(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        match self.pipe.write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            result => Ok(result?),
        }
    }

    /// Whether nothing lies in the pipe.
    fn is_empty(&self) -> Result<bool, Fault> {
        let mut wanted = [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)];
        match poll(&mut wanted, PollTimeout::ZERO) {
            Ok(readable) => Ok(readable == 0),
            Err(error) => Err(Fault::infra(format!("poll: {error}"))),
        }
    }
}
