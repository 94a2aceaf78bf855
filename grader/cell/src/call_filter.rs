//! Which system calls a program may make (seccomp(2)).
//!
//! A list of what is allowed, not of what is denied: the kernel grows new calls and has old ones under a second set of
//! numbers (x32), and neither may be a way around the filter. It holds what a program of any lab needs, and what cargo and
//! the compiler need. Not in it, and so answered with EPERM:
//!
//! - other namespaces and file systems: unshare, setns, clone with `CLONE_NEW*`, mount, pivot_root, chroot, mknod;
//! - other processes' memory: ptrace, process_vm_*, pidfd_getfd, kcmp;
//! - memory that belongs to no process, so that nobody's use of it could be counted: memfd_create, memfd_secret, shmget;
//! - large parts of the kernel that no lab is about: bpf, io_uring, keyctl, userfaultfd, perf_event_open, AF_VSOCK, …;
//! - the machine's own affairs: clocks, modules, swap, reboot, quotas, kernel log.

use std::collections::BTreeMap;
use std::io;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use crate::sys;

/// Allowed whatever their arguments.
#[rustfmt::skip]
const ALLOWED: &[libc::c_long] = &[
    // Files: open, read, write.
    libc::SYS_openat, libc::SYS_openat2, libc::SYS_close, libc::SYS_close_range, libc::SYS_read, libc::SYS_readv,
    libc::SYS_pread64, libc::SYS_preadv, libc::SYS_preadv2, libc::SYS_write, libc::SYS_writev, libc::SYS_pwrite64,
    libc::SYS_pwritev, libc::SYS_pwritev2, libc::SYS_lseek, libc::SYS_sendfile, libc::SYS_splice, libc::SYS_tee,
    libc::SYS_copy_file_range, libc::SYS_fcntl, libc::SYS_flock, libc::SYS_dup, libc::SYS_dup3, libc::SYS_pipe2,
    libc::SYS_truncate, libc::SYS_ftruncate, libc::SYS_fallocate, libc::SYS_fadvise64, libc::SYS_readahead,
    libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_sync, libc::SYS_syncfs, libc::SYS_sync_file_range,
    // Files: names, modes, times.
    libc::SYS_faccessat, libc::SYS_faccessat2, libc::SYS_fstat, libc::SYS_newfstatat, libc::SYS_statx,
    libc::SYS_statfs, libc::SYS_fstatfs, libc::SYS_getdents64, libc::SYS_getcwd, libc::SYS_chdir, libc::SYS_fchdir,
    libc::SYS_mkdirat, libc::SYS_unlinkat, libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_linkat,
    libc::SYS_symlinkat, libc::SYS_readlinkat, libc::SYS_fchmod, libc::SYS_fchmodat, libc::SYS_fchmodat2,
    libc::SYS_fchown, libc::SYS_fchownat, libc::SYS_umask, libc::SYS_utimensat, libc::SYS_getxattr,
    libc::SYS_lgetxattr, libc::SYS_fgetxattr, libc::SYS_listxattr, libc::SYS_llistxattr, libc::SYS_flistxattr,
    libc::SYS_inotify_init1, libc::SYS_inotify_add_watch, libc::SYS_inotify_rm_watch,
    // Memory of its own.
    libc::SYS_brk, libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_mprotect, libc::SYS_madvise,
    libc::SYS_msync, libc::SYS_mincore, libc::SYS_mlock, libc::SYS_mlock2, libc::SYS_munlock, libc::SYS_membarrier,
    // Processes and threads. (clone: see `filters`.)
    libc::SYS_clone3, libc::SYS_execve, libc::SYS_execveat, libc::SYS_exit, libc::SYS_exit_group, libc::SYS_wait4,
    libc::SYS_waitid, libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal, libc::SYS_getpid, libc::SYS_getppid, libc::SYS_gettid, libc::SYS_getpgid,
    libc::SYS_setpgid, libc::SYS_getsid, libc::SYS_setsid, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid,
    libc::SYS_getegid, libc::SYS_getresuid, libc::SYS_getresgid, libc::SYS_getgroups, libc::SYS_set_tid_address,
    libc::SYS_set_robust_list, libc::SYS_get_robust_list, libc::SYS_rseq, libc::SYS_futex, libc::SYS_futex_waitv,
    libc::SYS_sched_yield, libc::SYS_sched_getaffinity, libc::SYS_sched_setaffinity, libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler, libc::SYS_sched_get_priority_max, libc::SYS_sched_get_priority_min,
    libc::SYS_getpriority, libc::SYS_setpriority, libc::SYS_getcpu, libc::SYS_prctl,
    // What a process may do to itself: only ever less.
    libc::SYS_setuid, libc::SYS_setgid, libc::SYS_setreuid, libc::SYS_setregid, libc::SYS_setresuid,
    libc::SYS_setresgid, libc::SYS_setfsuid, libc::SYS_setfsgid, libc::SYS_capget, libc::SYS_capset, libc::SYS_seccomp, libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule, libc::SYS_landlock_restrict_self, libc::SYS_prlimit64, libc::SYS_getrlimit,
    libc::SYS_setrlimit, libc::SYS_getrusage,
    // Signals.
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigpending, libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend, libc::SYS_rt_sigtimedwait, libc::SYS_rt_sigqueueinfo, libc::SYS_sigaltstack,
    libc::SYS_signalfd4, libc::SYS_restart_syscall,
    // Time.
    libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_clock_nanosleep, libc::SYS_nanosleep,
    libc::SYS_gettimeofday, libc::SYS_times, libc::SYS_getitimer, libc::SYS_setitimer, libc::SYS_timer_create,
    libc::SYS_timer_settime, libc::SYS_timer_gettime, libc::SYS_timer_getoverrun, libc::SYS_timer_delete,
    libc::SYS_timerfd_create, libc::SYS_timerfd_settime, libc::SYS_timerfd_gettime,
    // Waiting for many.
    libc::SYS_ppoll, libc::SYS_pselect6, libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2, libc::SYS_eventfd2,
    // Sockets. (socket and socketpair: see `filters`.)
    libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4, libc::SYS_connect, libc::SYS_shutdown,
    libc::SYS_getsockname, libc::SYS_getpeername, libc::SYS_getsockopt, libc::SYS_setsockopt, libc::SYS_sendto,
    libc::SYS_recvfrom, libc::SYS_sendmsg, libc::SYS_recvmsg, libc::SYS_sendmmsg, libc::SYS_recvmmsg,
    // The machine, as far as it is no secret.
    libc::SYS_uname, libc::SYS_sysinfo, libc::SYS_getrandom,
];

/// Calls that newer architectures no longer have.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const ALLOWED_HERE: &[libc::c_long] = &[
    libc::SYS_open, libc::SYS_creat, libc::SYS_dup2, libc::SYS_pipe, libc::SYS_access, libc::SYS_stat, libc::SYS_lstat,
    libc::SYS_getdents, libc::SYS_mkdir, libc::SYS_rmdir, libc::SYS_unlink, libc::SYS_rename, libc::SYS_link,
    libc::SYS_symlink, libc::SYS_readlink, libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime,
    libc::SYS_utimes, libc::SYS_futimesat, libc::SYS_inotify_init, libc::SYS_fork, libc::SYS_vfork,
    libc::SYS_getpgrp, libc::SYS_arch_prctl, libc::SYS_signalfd, libc::SYS_pause, libc::SYS_alarm, libc::SYS_time,
    libc::SYS_poll, libc::SYS_select, libc::SYS_epoll_create, libc::SYS_epoll_wait, libc::SYS_eventfd,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[libc::c_long] = &[];

/// The families of sockets that labs are about, and how glibc asks for names and interfaces.
const FAMILIES: [libc::c_int; 5] =
    [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK, libc::AF_PACKET];

const NEW_NAMESPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

/// Whether this machine's kernel filters system calls.
pub(crate) fn is_supported() -> bool {
    sys::prctl(libc::PR_GET_SECCOMP, 0, 0).is_ok()
}

/// The filters, to be applied in this order.
#[derive(Debug)]
pub(crate) struct CallFilter([BpfProgram; 2]);

impl CallFilter {
    /// Puts the filters together.
    pub(crate) fn new() -> io::Result<Self> {
        filters().map(Self).map_err(io::Error::other)
    }

    /// Holds this thread, and what it becomes, to the filter. `no_new_privs` must be set.
    pub(crate) fn apply(&self) -> io::Result<()> {
        self.0.iter().try_for_each(|filter| seccompiler::apply_filter(filter)).map_err(io::Error::other)
    }
}

fn filters() -> Result<[BpfProgram; 2], seccompiler::BackendError> {
    let arch = std::env::consts::ARCH.try_into()?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().chain(ALLOWED_HERE).map(|&call| (call, Vec::new())).collect();
    let of_known_family = FAMILIES.map(|family| only_if(0, SeccompCmpOp::Eq, family as u64));
    rules.insert(libc::SYS_socket, of_known_family.into_iter().collect::<Result<_, _>>()?);
    rules.insert(libc::SYS_socketpair, vec![only_if(0, SeccompCmpOp::Eq, libc::AF_UNIX as u64)?]);
    let in_no_new_namespace = only_if(0, SeccompCmpOp::MaskedEq(NEW_NAMESPACES as u32 as u64), 0)?;
    rules.insert(libc::SYS_clone, vec![in_no_new_namespace]);
    // Not those that put words into a terminal as if they had been typed.
    let not_typing = SeccompRule::new(vec![
        condition(1, SeccompCmpOp::Ne, libc::TIOCSTI)?,
        condition(1, SeccompCmpOp::Ne, libc::TIOCLINUX)?,
    ])?;
    rules.insert(libc::SYS_ioctl, vec![not_typing]);
    let denied = SeccompAction::Errno(libc::EPERM as u32);
    let allowed = SeccompFilter::new(rules, denied, SeccompAction::Allow, arch)?;

    // A filter can't see clone3's flags: they are in memory. glibc uses clone where a kernel doesn't know clone3.
    let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let unknown = SeccompAction::Errno(libc::ENOSYS as u32);
    let without_clone3 = SeccompFilter::new(clone3, SeccompAction::Allow, unknown, arch)?;
    Ok([allowed.try_into()?, without_clone3.try_into()?])
}

fn only_if(argument: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![condition(argument, is, value)?])
}

/// Of the lower 32 bits, which is all that the kernel looks at in these arguments.
fn condition(
    argument: u8,
    is: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_says_each_call_once_and_none_that_is_denied_on_purpose() {
        let all: Vec<_> = ALLOWED.iter().chain(ALLOWED_HERE).copied().collect();
        let set: BTreeSet<_> = all.iter().copied().collect();
        assert_eq!(set.len(), all.len(), "a call stands twice in the list");
        let denied = [
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_clone,
            libc::SYS_socket,
            libc::SYS_mount,
            libc::SYS_ptrace,
            libc::SYS_memfd_create,
            libc::SYS_shmget,
            libc::SYS_bpf,
            libc::SYS_io_uring_setup,
            libc::SYS_keyctl,
            libc::SYS_userfaultfd,
        ];
        assert!(denied.iter().all(|call| !set.contains(call)));
    }

    #[test]
    fn the_filters_compile() {
        let [allowed, without_clone3] = filters().unwrap();
        assert!(allowed.len() > ALLOWED.len() && without_clone3.len() > 2);
    }
}
