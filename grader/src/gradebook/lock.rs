//! The lock that makes a writer the only one.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The file, locked until it is dropped; `None` = somebody else still holds the lock after `patience`.
///
/// # Errors
/// The file system knows no locks.
pub(super) fn within(patience: Duration, file: File) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => return Ok(Some(file)),
        Err(TryLockError::Error(error)) => return Err(error),
        Err(TryLockError::WouldBlock) => {}
    }
    // There is no flock(2) with a deadline. A thread that waits in vain lets go of the lock as soon as it gets it.
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(file.lock().map(|()| file)));
    receiver.recv_timeout(patience).ok().transpose()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::time::Instant;

    use super::*;

    /// Until somebody waits for the lock of this file (proc_locks(5)).
    fn wait_for_a_waiter(path: &Path) {
        let inode = format!(":{} ", fs::metadata(path).unwrap().ino());
        let deadline = Instant::now() + Duration::from_secs(20);
        let is_awaited = || {
            let locks = fs::read_to_string("/proc/locks").unwrap();
            locks.lines().any(|line| line.contains("-> FLOCK") && line.contains(&inode))
        };
        while !is_awaited() {
            assert!(Instant::now() < deadline, "nobody waits for the lock");
            thread::yield_now();
        }
    }

    #[test]
    fn a_lock_that_is_let_go_in_time_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g");
        let first = File::create(&path).unwrap();
        first.lock().unwrap();
        let second = File::open(&path).unwrap();
        let waiting = thread::spawn(move || within(Duration::from_secs(60), second));
        wait_for_a_waiter(&path);
        drop(first);
        assert!(waiting.join().unwrap().unwrap().is_some());
    }

    #[test]
    fn a_lock_that_is_held_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g");
        let first = File::create(&path).unwrap();
        first.lock().unwrap();
        assert!(within(Duration::from_millis(10), File::open(&path).unwrap()).unwrap().is_none());
    }
}
