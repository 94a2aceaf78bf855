//! Finding processes by a word in their arguments, and waiting until they are as they should be.

use std::fs;
use std::time::{Duration, Instant};

/// A word that no other process has among its arguments.
pub(crate) fn token(name: &str) -> String {
    format!("cell-test-{name}-{}", std::process::id())
}

/// The processes that have `token` among their arguments.
pub(crate) fn having(token: &str) -> Vec<u32> {
    let numbers =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let has = |pid: &u32| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.split(|&byte| byte == 0).any(|word| word == token.as_bytes()))
    };
    numbers.filter(has).collect()
}

/// Waits until `condition` holds: true, or false when it doesn't within ten seconds.
pub(crate) fn eventually(mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "no event tells about processes that are not our children"
        )]
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}
