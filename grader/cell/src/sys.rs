//! The system calls that nix lacks, made safe.
#![expect(unsafe_code, reason = "bare system calls; each block says why it is sound")]

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::ptr;
use std::time::Duration;

use nix::libc::{self, c_int, c_ulong};
use nix::sched::CloneFlags;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

/// The system's verdict on a call that answers -1 for failure.
fn done(answer: impl Into<i64>) -> io::Result<i64> {
    match answer.into() {
        -1 => Err(io::Error::last_os_error()),
        answer => Ok(answer),
    }
}

/// Forks, the child in new namespaces: `None` in the child, its pid in the parent.
///
/// fork(2) takes no namespaces, and unshare(2) before it would leave the parent in them too. The caller has one
/// thread only; the child then has a copy of all its state.
pub(crate) fn fork_into(namespaces: CloneFlags) -> io::Result<Option<Pid>> {
    // glibc keeps the thread's id in memory and trusts it when it locks a mutex: as its own fork does, let the
    // kernel write the child's there. (A kernel without PR_GET_TID_ADDRESS leaves the old one: only recursive
    // and error-checking mutexes look at it.)
    let mut tid: *mut c_int = ptr::null_mut();
    // SAFETY: the kernel writes one pointer into `tid`.
    let known = unsafe { libc::prctl(libc::PR_GET_TID_ADDRESS, &raw mut tid) } == 0 && !tid.is_null();
    let set_tid = if known { libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID } else { 0 };
    let flags = (namespaces.bits() | set_tid | libc::SIGCHLD) as c_ulong;
    let none = ptr::null_mut::<c_int>();
    // The order of the last two arguments depends on the architecture: clone(2), "C library/kernel differences".
    let (fourth, fifth) = if cfg!(target_arch = "x86_64") { (tid, none) } else { (none, tid) };
    // SAFETY: without CLONE_VM and with a null stack this is fork(2): the child has its own copy of the memory,
    // and `tid` is the address glibc itself registered for this thread.
    let pid = done(unsafe { libc::syscall(libc::SYS_clone, flags, none, none, fourth, fifth) })?;
    Ok((pid != 0).then(|| Pid::from_raw(pid as c_int)))
}

/// prctl(2) with up to two numbers.
pub(crate) fn prctl(option: c_int, second: c_ulong, third: c_ulong) -> io::Result<()> {
    let zero: c_ulong = 0;
    // SAFETY: used only with options that take numbers, never addresses.
    done(unsafe { libc::prctl(option, second, third, zero, zero) }).map(drop)
}

/// The three sets of capset(2).
pub(crate) struct Capabilities {
    pub(crate) effective: u64,
    pub(crate) permitted: u64,
    pub(crate) inheritable: u64,
}

/// The kernel's `__user_cap_header_struct`; version 3 has two `CapData`.
#[repr(C)]
struct CapHeader {
    version: u32,
    pid: c_int,
}

#[repr(C)]
#[derive(Default, Clone, Copy)]
struct CapData {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

const CAP_HEADER: CapHeader = CapHeader { version: 0x2008_0522, pid: 0 };

/// This thread's capabilities.
pub(crate) fn capabilities() -> io::Result<Capabilities> {
    let mut header = CAP_HEADER;
    let mut data = [CapData::default(); 2];
    // SAFETY: version 3 makes the kernel write exactly two `CapData`.
    done(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, data.as_mut_ptr()) })?;
    let join = |part: fn(&CapData) -> u32| u64::from(part(&data[0])) | u64::from(part(&data[1])) << 32;
    Ok(Capabilities {
        effective: join(|data| data.effective),
        permitted: join(|data| data.permitted),
        inheritable: join(|data| data.inheritable),
    })
}

/// Sets this thread's capabilities.
pub(crate) fn set_capabilities(caps: &Capabilities) -> io::Result<()> {
    let part = |shift: u32| CapData {
        effective: (caps.effective >> shift) as u32,
        permitted: (caps.permitted >> shift) as u32,
        inheritable: (caps.inheritable >> shift) as u32,
    };
    let mut header = CAP_HEADER;
    let data = [part(0), part(32)];
    // SAFETY: version 3 makes the kernel read exactly two `CapData`.
    done(unsafe { libc::syscall(libc::SYS_capset, &raw mut header, data.as_ptr()) }).map(drop)
}

/// A handle on a process that becomes readable when it ends.
pub(crate) fn pidfd_open(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: takes two numbers.
    let fd = done(unsafe { libc::syscall(libc::SYS_pidfd_open, pid as c_int, 0) })?;
    // SAFETY: the kernel just made this descriptor for us (close-on-exec).
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Reaps a child that has ended, with the CPU time of it and of all it waited for.
pub(crate) fn wait4(pid: u32) -> io::Result<(ExitStatus, Duration)> {
    let mut status = 0;
    // SAFETY: all zeros is a valid `rusage`.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: the kernel writes one status and one `rusage`.
        match done(unsafe { libc::wait4(pid as c_int, &raw mut status, 0, &raw mut usage) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => {
                result?;
                break;
            }
        }
    }
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    Ok((ExitStatus::from_raw(status), time(usage.ru_utime) + time(usage.ru_stime)))
}

/// Where a thread that is followed stands: at the entry of a system call or behind it.
pub(crate) enum CallStop {
    Entry { number: u64, arguments: [u64; 6] },
    Exit { result: i64 },
    Other,
}

/// Where a thread stands that this process follows and that has stopped at a system call.
pub(crate) fn call_stop(thread: Pid) -> io::Result<CallStop> {
    let info = ptrace::syscall_info(thread)?;
    Ok(match info.op {
        libc::PTRACE_SYSCALL_INFO_ENTRY => {
            // SAFETY: `op` says that this is the part that the kernel wrote.
            let entry = unsafe { info.u.entry };
            CallStop::Entry { number: entry.nr, arguments: entry.args }
        }
        // SAFETY: as above.
        libc::PTRACE_SYSCALL_INFO_EXIT => CallStop::Exit { result: unsafe { info.u.exit }.sval },
        _ => CallStop::Other,
    })
}

/// Closes every descriptor from `first` to `last`, both included.
pub(crate) fn close_range(first: RawFd, last: RawFd) -> io::Result<()> {
    if first > last {
        return Ok(());
    }
    // SAFETY: the caller, a launcher about to exec, owns no descriptor above 2 but the one it leaves out.
    done(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// A detached copy of the mounts at and below `path`, with these `MOUNT_ATTR_` attributes added to each.
pub(crate) fn clone_mounts(path: &Path, attributes: u64) -> io::Result<OwnedFd> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as u32;
    // SAFETY: the kernel reads a string that ends with a NUL and outlives the call.
    let fd = done(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) })?;
    // SAFETY: the kernel just made this descriptor for us.
    let tree = unsafe { OwnedFd::from_raw_fd(fd as RawFd) };
    let change = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
    let (number, size) = (tree.as_raw_fd(), size_of::<libc::mount_attr>());
    // SAFETY: the kernel reads `size` bytes at `change`, which are there, and an empty string.
    done(unsafe {
        libc::syscall(libc::SYS_mount_setattr, number, c"".as_ptr(), flags, &raw const change, size)
    })?;
    Ok(tree)
}

/// Mounts what [`clone_mounts`] copied.
pub(crate) fn attach(tree: &OwnedFd, at: &Path) -> io::Result<()> {
    const MOVE_MOUNT_F_EMPTY_PATH: u32 = 4;
    let at = CString::new(at.as_os_str().as_bytes())?;
    let (tree, here) = (tree.as_raw_fd(), libc::AT_FDCWD);
    // SAFETY: the kernel reads two strings that end with a NUL and outlive the call.
    done(unsafe {
        libc::syscall(libc::SYS_move_mount, tree, c"".as_ptr(), here, at.as_ptr(), MOVE_MOUNT_F_EMPTY_PATH)
    })
    .map(drop)
}

/// Holds this thread, and what it becomes, to a ruleset of landlock(7). `no_new_privs` must be set.
pub(crate) fn landlock_restrict_self(ruleset: &OwnedFd) -> io::Result<()> {
    // SAFETY: takes two numbers.
    done(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) }).map(drop)
}

/// Gives every signal its default action, as a shell would: even glibc's own two, which signal(2) refuses and which
/// may have been ignored all the way down from whatever started the machine's first process.
pub(crate) fn default_signals() {
    const LAST: c_int = 64;
    // The kernel's `struct sigaction` is at most four words; zeros mean SIG_DFL without flags or mask.
    let default = [0_u64; 4];
    let (none, set_size) = (ptr::null_mut::<c_int>(), size_of::<u64>());
    for signal in 1..=LAST {
        // SAFETY: the kernel reads one `struct sigaction`, which installs no code. SIGKILL and SIGSTOP are refused.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), none, set_size) };
    }
}

/// Ends this process without running any exit handler: they belong to the process it was forked from.
pub(crate) fn exit(code: c_int) -> ! {
    // SAFETY: never returns, touches no memory.
    unsafe { libc::_exit(code) }
}

/// Becomes the program open at `program`.
pub(crate) fn exec(program: &OwnedFd, args: &[CString], env: &[CString]) -> io::Error {
    let pointers =
        |strings: &[CString]| strings.iter().map(|s| s.as_ptr()).chain([ptr::null()]).collect::<Vec<_>>();
    let (args, env) = (pointers(args), pointers(env));
    // SAFETY: both arrays end with a null pointer, and the strings they point to outlive the call.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            program.as_raw_fd(),
            c"".as_ptr(),
            args.as_ptr(),
            env.as_ptr(),
            libc::AT_EMPTY_PATH,
        );
    }
    io::Error::last_os_error()
}

/// Makes the command's process get `signal` when the thread that starts it ends, even if that happens before the
/// process runs its first instruction.
pub(crate) fn end_with_parent(command: &mut Command, signal: Signal) {
    let parent = nix::unistd::getpid();
    let follow = move || {
        nix::sys::prctl::set_pdeathsig(signal)?;
        if nix::unistd::getppid() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: the closure makes two system calls and allocates nothing, so it may run between fork and exec.
    unsafe { command.pre_exec(follow) };
}

/// An option of a packet socket (packet(7)).
pub(crate) fn set_packet_option<T>(socket: impl AsFd, option: c_int, value: &T) -> io::Result<()> {
    let size = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel reads `size` bytes at `value`, which are there.
    done(unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_PACKET,
            option,
            ptr::from_ref(value).cast(),
            size,
        )
    })
    .map(drop)
}

/// Frames received and lost by a packet socket since the last call (`PACKET_STATISTICS`).
pub(crate) fn packet_statistics(socket: impl AsFd) -> io::Result<libc::tpacket_stats> {
    let mut stats = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
    let mut size = size_of::<libc::tpacket_stats>() as libc::socklen_t;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the kernel writes at most `size` bytes into `stats`.
    done(unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            (&raw mut stats).cast(),
            &raw mut size,
        )
    })?;
    Ok(stats)
}

/// A non-blocking AF_PACKET socket that hears nothing until it is bound: protocol 0 keeps foreign frames out (packet(7)).
pub(crate) fn packet_socket() -> io::Result<OwnedFd> {
    // SAFETY: takes three numbers.
    let fd = done(unsafe {
        libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK, 0)
    })?;
    // SAFETY: the kernel just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Makes a packet socket hear and speak on one interface, all protocols.
pub(crate) fn bind_packet(socket: impl AsFd, interface: u32) -> io::Result<()> {
    // SAFETY: all zeros is a valid `sockaddr_ll`.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = interface as c_int;
    let size = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the kernel reads `size` bytes at `address`.
    done(unsafe { libc::bind(socket.as_fd().as_raw_fd(), (&raw const address).cast(), size) }).map(drop)
}

/// An ioctl on the interface called `name`, its argument set by `fill`.
pub(crate) fn interface_ioctl(
    descriptor: impl AsFd,
    request: libc::Ioctl,
    name: &str,
    fill: impl FnOnce(&mut libc::__c_anonymous_ifr_ifru),
) -> io::Result<()> {
    // SAFETY: all zeros is a valid `ifreq`.
    let mut ifreq: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in ifreq.ifr_name.iter_mut().zip(name.bytes()).take(libc::IFNAMSIZ - 1) {
        *to = from as libc::c_char;
    }
    fill(&mut ifreq.ifr_ifru);
    // SAFETY: the requests used (SIOCETHTOOL, TUNSETIFF) read and write an `ifreq` and what it points to.
    done(unsafe { libc::ioctl(descriptor.as_fd().as_raw_fd(), request, &raw mut ifreq) }).map(drop)
}
