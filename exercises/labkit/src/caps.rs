//! Capabilities: the pieces into which Linux has cut root's power (capabilities(7)).

use std::fs;

/// A capability that a lab needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// CAP_NET_RAW: raw and packet sockets.
    NetRaw,
}

impl Cap {
    /// Its bit in the kernel's sets (linux/capability.h).
    fn bit(self) -> u32 {
        match self {
            Cap::NetRaw => 13,
        }
    }
}

/// Whether this process may use `cap` now: it is in the effective set, as `/proc/self/status` shows it.
///
/// A program asks before it opens its socket, to say what is missing in plain words instead of "Operation not
/// permitted". Where `/proc` can't be read the answer is `false`.
#[must_use]
pub fn has(cap: Cap) -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| effective(&status) >> cap.bit() & 1 == 1)
}

/// The `CapEff:` line's value; the empty set where there is none.
fn effective(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_effective_set_and_no_other() {
        let status =
            "Name:\tping\nCapInh:\tffffffffffffffff\nCapPrm:\tffffffffffffffff\nCapEff:\t0000000000002000\n";
        assert_eq!(effective(status), 1 << Cap::NetRaw.bit());
        assert_eq!(effective("CapPrm:\t0000000000002000\n"), 0);
        assert_eq!(effective("CapEff:\tnonsense\n"), 0);
    }
}
