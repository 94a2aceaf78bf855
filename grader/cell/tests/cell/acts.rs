//! What a student's program may do: the innocent and the hostile.
#![expect(unsafe_code, reason = "fork and raw sockets")]

use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::exit;

use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, chdir, chroot, fork, pause, setsid};

pub(crate) fn play(name: &str, rest: &[&str]) {
    match (name, rest) {
        ("exit", [code, ..]) => exit(code.parse().unwrap()),
        ("status", _) => print!("{}", fs::read_to_string("/proc/self/status").unwrap()),
        ("environment", _) => std::env::vars().for_each(|(name, value)| println!("{name}={value}")),
        ("limits", _) => print!("{}", fs::read_to_string("/proc/self/limits").unwrap()),
        ("descriptors", _) => descriptors(),
        ("wait", _) => wait_for_ever(),
        ("daemon", _) => daemon(),
        ("fork-bomb", _) => fork_bomb(),
        ("reserve", [bytes, ..]) => reserve(bytes.parse().unwrap()),
        ("hold", [bytes, ..]) => hold(bytes.parse().unwrap()),
        ("share", [bytes, ..]) => share(bytes.parse().unwrap()),
        ("spread", [processes, ..]) => spread(processes.parse().unwrap()),
        ("read-on", [which, ..]) => read_on(which),
        ("spin", threads) => spin(threads.first().map_or(1, |threads| threads.parse().unwrap())),
        ("flood", _) => flood(),
        ("write-file", [bytes, ..]) => write_file(bytes.parse().unwrap()),
        ("attack-runner", _) => attack_runner(),
        ("exists", paths) => exists(paths),
        ("readable", paths) => {
            let opens = |path: &&&str| fs::File::open(path).is_ok();
            println!("{:?}", paths.iter().filter(opens).collect::<Vec<_>>());
        }
        ("writable", paths) => {
            let opens = |path: &&&str| fs::File::options().append(true).open(path).is_ok();
            println!("{:?}", paths.iter().filter(opens).collect::<Vec<_>>());
        }
        ("own-path", _) => println!("{}", std::env::current_exe().unwrap().display()),
        ("denied-calls", _) => denied_calls(),
        ("entries", [directory, ..]) => entries(directory),
        ("scribble", paths) => scribble(paths),
        ("own-terminal", _) => own_terminal(),
        ("unshare", _) => println!("{:?}", unshare(CloneFlags::CLONE_NEWUSER)),
        ("packet-socket", _) => packet_socket(),
        ("interfaces", _) => print!("{}", fs::read_to_string("/proc/net/dev").unwrap()),
        ("keep-container-capabilities", rest) => keep_container_capabilities(rest),
        ("deny-user-namespaces", rest) => deny_user_namespaces(rest),
        ("deny-veth", rest) => deny_veth(rest),
        ("deny-mount", rest) => deny_mount(rest),
        ("mask-proc", rest) => mask_proc(rest),
        ("supervise", [scene, rest @ ..]) => super::trials::supervise_scene(scene, rest),
        _ => panic!("no act {name} {rest:?}"),
    }
}

fn wait_for_ever() -> ! {
    println!("waiting");
    loop {
        pause();
    }
}

fn descriptors() {
    let listing = fs::read_dir("/proc/self/fd").unwrap();
    let numbers: Vec<_> = listing.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    println!("{}", numbers.join(" "));
}

/// Forks twice with a session of its own, and ends once the daemon runs and what is between them is gone.
fn daemon() {
    let (reader, writer) = nix::unistd::pipe().unwrap();
    // SAFETY: this program has one thread.
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => {
            nix::unistd::read(&reader, &mut [0]).unwrap();
            waitpid(child, None).unwrap();
        }
        ForkResult::Child => {
            setsid().unwrap();
            // SAFETY: as above.
            if let ForkResult::Child = unsafe { fork() }.unwrap() {
                nix::unistd::write(&writer, b"x").unwrap();
                wait_for_ever();
            }
        }
    }
}

/// Forks until it may not, and tells how often it could. The children do the same.
fn fork_bomb() {
    let mut children = 0;
    // SAFETY: this program has one thread.
    while let Ok(side) = unsafe { fork() } {
        match side {
            ForkResult::Child => wait_for_ever(),
            ForkResult::Parent { .. } => children += 1,
        }
        assert!(children < 5_000, "nothing holds it");
    }
    println!("forked {children}");
    wait_for_ever();
}

fn reserve(bytes: usize) {
    let mut memory: Vec<u8> = Vec::new();
    println!("{}", if memory.try_reserve_exact(bytes).is_ok() { "got it" } else { "refused" });
}

fn hold(bytes: usize) {
    let memory = vec![1_u8; bytes];
    std::hint::black_box(&memory);
    wait_for_ever();
}

/// Four processes that share the same memory.
fn share(bytes: usize) {
    let memory = vec![1_u8; bytes];
    std::hint::black_box(&memory);
    for _ in 0..3 {
        // SAFETY: this program has one thread.
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            wait_for_ever();
        }
    }
    wait_for_ever();
}

/// So many processes that touch one byte in every two megabytes: the tables to find them take as much again.
fn spread(processes: u64) {
    const LENGTH: usize = 3 << 30;
    const STEP: usize = 2 << 20;
    for _ in 0..processes {
        // SAFETY: this program has one thread.
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let access = libc::PROT_READ | libc::PROT_WRITE;
            // SAFETY: a fresh mapping, written to within its length.
            unsafe {
                let start = libc::mmap(std::ptr::null_mut(), LENGTH, access, flags, -1, 0);
                assert_ne!(start, libc::MAP_FAILED);
                (0..LENGTH).step_by(STEP).for_each(|at| start.cast::<u8>().add(at).write_volatile(1));
            }
            loop {
                pause();
            }
        }
    }
    wait_for_ever();
}

/// Makes calls that no lab needs; prints those that were not denied. One by the numbers of the x32 interface.
fn denied_calls() {
    const X32: libc::c_long = 0x4000_0000;
    let calls = [
        ("unshare", libc::SYS_unshare, libc::CLONE_NEWNET as libc::c_long),
        ("clone", libc::SYS_clone, libc::CLONE_NEWUSER as libc::c_long),
        ("mount", libc::SYS_mount, 0),
        ("ptrace", libc::SYS_ptrace, 0),
        ("keyctl", libc::SYS_keyctl, 0),
        ("bpf", libc::SYS_bpf, 0),
        ("io_uring_setup", libc::SYS_io_uring_setup, 1),
        ("userfaultfd", libc::SYS_userfaultfd, 0),
        ("perf_event_open", libc::SYS_perf_event_open, 0),
        ("memfd_create", libc::SYS_memfd_create, 0),
        ("shmget", libc::SYS_shmget, 0),
        ("process_vm_readv", libc::SYS_process_vm_readv, 1),
        ("socket(AF_VSOCK)", libc::SYS_socket, libc::AF_VSOCK.into()),
        ("socket(AF_ALG)", libc::SYS_socket, libc::AF_ALG.into()),
        ("the end of the table", 100_000, 0),
        ("x32", X32 | libc::SYS_getpid, 0),
    ];
    let denied = |error: Option<i32>| error == Some(libc::EPERM);
    let mut open: Vec<_> = calls
        .into_iter()
        .filter(|&(_, number, argument)| {
            // SAFETY: null pointers and plain numbers: at worst EFAULT.
            let answer = unsafe { libc::syscall(number, argument, 0, 0, 0, 0, 0) };
            answer >= 0 || !denied(std::io::Error::last_os_error().raw_os_error())
        })
        .map(|(name, ..)| name)
        .collect();
    // SAFETY: a terminal would be needed for more than an error.
    if unsafe { libc::ioctl(0, libc::TIOCSTI, c"x".as_ptr()) } == 0 {
        open.push("typing into a terminal");
    }
    // What any program may do, and some do to give up a privilege that they don't have here (ping).
    nix::unistd::setuid(nix::unistd::getuid()).unwrap();
    println!("{open:?}");
}

fn flood() {
    let mut stdout = std::io::stdout();
    while stdout.write_all(&[b'\n'; 4096]).is_ok() {}
}

/// Reads on behind the end of a stream, or without a buffer, or where nothing has come yet.
fn spin(threads: usize) -> ! {
    for _ in 1..threads {
        std::thread::spawn(|| spin(1));
    }
    loop {
        std::hint::spin_loop();
    }
}

fn read_on(which: &str) -> ! {
    let (mut ours, mut other) = UnixStream::pair().unwrap();
    let mut buffer = [0; 16];
    let mut room = &mut buffer[..];
    match which {
        "end" => drop(other),
        "no-room" => {
            other.write_all(b"waits").unwrap();
            room = &mut [];
            Box::leak(Box::new(other));
        }
        "nothing-yet" => {
            ours.set_nonblocking(true).unwrap();
            Box::leak(Box::new(other));
        }
        _ => panic!("no stream {which}"),
    }
    loop {
        // What comes of it is what the reader doesn't look at.
        let _ = ours.read(room);
    }
}

fn write_file(bytes: usize) {
    // What the limit on a file's size sends must not end the program before it can tell.
    // SAFETY: SIG_IGN installs no code.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    println!("{:?}", fs::write("file", vec![0; bytes]).map_err(|error| error.kind()));
}

/// Tries to stop, kill, trace and read the runner; prints what worked.
fn attack_runner() {
    let runner = nix::unistd::getppid();
    let mut worked = Vec::new();
    for signal in [Signal::SIGKILL, Signal::SIGSTOP, Signal::SIGTERM, Signal::SIGSEGV, Signal::SIGINT] {
        let _ = kill(runner, signal);
    }
    if ptrace::attach(runner).is_ok() {
        worked.push("ptrace");
    }
    if fs::File::open(format!("/proc/{runner}/mem")).is_ok() {
        worked.push("mem");
    }
    if fs::read_dir(format!("/proc/{runner}/fd")).is_ok() {
        worked.push("fd");
    }
    if fs::read_link(format!("/proc/{runner}/root")).is_ok() {
        worked.push("root");
    }
    println!("{worked:?}");
    let _ = kill(Pid::from_raw(-1), Signal::SIGTERM);
}

fn exists(paths: &[&str]) {
    for path in paths {
        println!("{path} {}", fs::exists(path).is_ok_and(|is| is));
    }
}

fn entries(directory: &str) {
    let listing = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = listing.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    println!("{}", names.join(" "));
}

/// Tries to make a file in each directory; prints where it could.
fn scribble(directories: &[&str]) {
    let made = |directory: &&&str| fs::write(format!("{directory}/scribble"), "x").is_ok();
    println!("{:?}", directories.iter().filter(made).collect::<Vec<_>>());
}

/// Makes its standard input its controlling terminal, and tells whether `/dev/tty` is one.
fn own_terminal() {
    setsid().unwrap();
    // SAFETY: takes numbers.
    assert_eq!(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }, 0);
    let terminal = fs::File::open("/dev/tty").unwrap();
    // SAFETY: takes a number.
    println!("{}", if unsafe { libc::isatty(terminal.as_raw_fd()) } == 1 { "a terminal" } else { "none" });
}

fn packet_socket() {
    // SAFETY: takes three numbers.
    let socket = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW, 0) };
    println!("{}", if socket >= 0 { "opened" } else { "refused" });
}

/// Becomes what Docker's root is with `--cap-add=NET_ADMIN`, and goes on with the arguments.
fn keep_container_capabilities(rest: &[&str]) {
    const DOCKER: [libc::c_int; 14] = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31];
    const NET_ADMIN: libc::c_int = 12;
    for cap in (0..41).filter(|cap| *cap != NET_ADMIN && !DOCKER.contains(cap)) {
        // SAFETY: takes numbers.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, cap, 0, 0, 0) };
    }
    panic!("{}", cell::reexec().args(rest).exec());
}

/// Hides a file of `/proc`, as containers do, and goes on with the arguments.
fn mask_proc(rest: &[&str]) {
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS).unwrap();
    fs::write("/proc/self/setgroups", "deny").unwrap();
    fs::write("/proc/self/uid_map", format!("0 {uid} 1")).unwrap();
    fs::write("/proc/self/gid_map", format!("0 {gid} 1")).unwrap();
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
    mount(Some("/dev/null"), "/proc/version", none, MsFlags::MS_BIND, none).unwrap();
    panic!("{}", cell::reexec().args(rest).exec());
}

/// Keeps the root of this machine from user namespaces, which nobody gets below a chroot(2), and from the machine's own
/// network; goes on with the arguments.
fn deny_user_namespaces(rest: &[&str]) {
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET).unwrap();
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    set_flags(socket.as_raw_fd(), libc::SIOCSIFFLAGS as libc::Ioctl, b"lo", libc::IFF_UP);
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
    mount(Some("/"), "/mnt", none, MsFlags::MS_BIND | MsFlags::MS_REC, none).unwrap();
    chroot("/mnt").unwrap();
    chdir("/").unwrap();
    panic!("{}", cell::reexec().args(rest).exec());
}

/// Takes the name that the far end of a veth pair would have, and goes on with the arguments.
fn deny_veth(rest: &[&str]) {
    let tun = fs::OpenOptions::new().read(true).write(true).open("/dev/net/tun").unwrap();
    set_flags(tun.as_raw_fd(), libc::TUNSETIFF, b"far0", libc::IFF_TAP | libc::IFF_NO_PI);
    // SAFETY: TUNSETPERSIST takes a number.
    assert_eq!(unsafe { libc::ioctl(tun.as_raw_fd(), libc::TUNSETPERSIST, 1) }, 0);
    panic!("{}", cell::reexec().args(rest).exec());
}

/// An ioctl that takes an interface's name and flags.
fn set_flags(descriptor: RawFd, request: libc::Ioctl, name: &[u8], flags: libc::c_int) {
    // SAFETY: all zeros is a valid `ifreq`.
    let mut device: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in device.ifr_name.iter_mut().zip(name) {
        *to = *from as libc::c_char;
    }
    device.ifr_ifru.ifru_flags = flags as libc::c_short;
    // SAFETY: both requests used, TUNSETIFF and SIOCSIFFLAGS, read an `ifreq`.
    assert_eq!(unsafe { libc::ioctl(descriptor, request, &raw const device) }, 0);
}

/// Gives up mount(2), by a Landlock domain that forbids no more than making block devices; goes on with the arguments.
fn deny_mount(rest: &[&str]) {
    const LANDLOCK_ACCESS_FS_MAKE_BLOCK: u64 = 1 << 11;
    let handled = LANDLOCK_ACCESS_FS_MAKE_BLOCK;
    nix::sys::prctl::set_no_new_privs().unwrap();
    // SAFETY: the kernel reads eight bytes, a `landlock_ruleset_attr` of the first version.
    let ruleset = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, &raw const handled, 8, 0) };
    assert!(ruleset >= 0, "this kernel has Landlock");
    // SAFETY: takes two numbers.
    assert_eq!(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0) }, 0);
    panic!("{}", cell::reexec().args(rest).exec());
}
