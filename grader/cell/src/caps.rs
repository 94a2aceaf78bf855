//! Capabilities (capabilities(7)): which this process has, and how a program is left with at most one.

use std::io;

use nix::libc;

use crate::sys;

/// A set of capabilities, bit n standing for capability n.
pub(crate) type CapSet = u64;

/// What it takes to run programs as another user, and to clean up after that user: `CAP_CHOWN`, `CAP_DAC_OVERRIDE`,
/// `CAP_KILL`, `CAP_SETGID`, `CAP_SETUID`. A container's root has them.
pub(crate) const SWITCH_USER: CapSet = 1 << 0 | 1 << 1 | 1 << 5 | 1 << 6 | 1 << 7;
pub(crate) const NET_ADMIN: CapSet = 1 << 12;
pub(crate) const NET_RAW: CapSet = 1 << 13;

/// Whether this process may use all capabilities of `set` now.
pub(crate) fn has(set: CapSet) -> bool {
    sys::capabilities().is_ok_and(|caps| caps.effective & set == set)
}

/// Shrinks what exec can ever give, and makes uid 0 an ordinary user that gains nothing by exec.
///
/// Without `CAP_SETPCAP` nothing is changed; then `no_new_privs` alone keeps exec from giving anything.
pub(crate) fn bound(keep: CapSet) -> io::Result<()> {
    const BITS: libc::c_int = libc::SECBIT_NOROOT | libc::SECBIT_NOROOT_LOCKED;
    let unless_denied = |result: io::Result<()>| match result {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => Ok(()),
        other => other,
    };
    unless_denied(sys::prctl(libc::PR_SET_SECUREBITS, BITS as libc::c_ulong, 0))?;
    for cap in (0..CapSet::BITS).filter(|cap| keep & (1 << cap) == 0) {
        match sys::prctl(libc::PR_CAPBSET_DROP, cap.into(), 0) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => break, // beyond the kernel's last one
            result => unless_denied(result)?,
        }
    }
    Ok(())
}

/// Leaves this process, and what it becomes by exec, with the capabilities of `keep` that it has, and no other.
/// Ambient, because only those survive the exec of a file without capabilities of its own.
pub(crate) fn keep_only(keep: CapSet) -> io::Result<()> {
    let kept = sys::capabilities()?.permitted & keep;
    sys::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as libc::c_ulong, 0)?;
    sys::set_capabilities(&sys::Capabilities { effective: kept, permitted: kept, inheritable: kept })?;
    for cap in (0..CapSet::BITS).filter(|cap| kept & (1 << cap) != 0) {
        sys::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE as libc::c_ulong, cap.into())?;
    }
    Ok(())
}

/// Changes the user by `switch`, and stays as capable as before, exec included.
pub(crate) fn keep_over(switch: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    sys::prctl(libc::PR_SET_KEEPCAPS, 1, 0)?;
    switch()?;
    keep_only(CapSet::MAX)
}
