//! What a program finds in a minimal root, and what filters keep from it beside that.

use std::path::Path;

use cell::{Cell, Error, Root, Rung, Spec};

use crate::scenes::{act, itself, output, pty, start};

/// Whether there is such a scene.
pub(crate) fn play(name: &str, rest: &[&str]) -> bool {
    match (name, rest) {
        ("minimal-root", hidden) => minimal_root(hidden),
        ("minimal-root-on", [letter, ..]) => minimal_root_on(letter),
        ("settings", _) => settings(),
        ("denied-calls", _) => denied_calls(),
        ("filtered-files", [marker, ..]) => filtered_files(marker),
        ("required", _) => required(),
        _ => return false,
    }
    true
}

fn minimal(wire: bool) -> Cell {
    let root = Root::Minimal;
    cell::enter(&Spec { programs: vec![itself()], wire, root, ..Spec::default() }).unwrap()
}

/// A program finds what it needs to run, and nothing of the machine's files or programs.
fn minimal_root(hidden: &[&str]) {
    let cell = minimal(true);
    assert_eq!((cell.rung(), cell.layers().has("rootfs")), (Rung::A, true));
    assert_eq!(cell.layers().missing, Vec::<&str>::new());
    assert!(cell.wire().is_ok());
    minimal_files(&cell);
    let own = itself().display().to_string();
    let paths =
        [hidden, &[own.as_str(), "/usr/bin", "/bin", "/etc/passwd", "/sbin", "/usr/sbin", "/home", "/root"]]
            .concat();
    for line in output(act(&cell, &[&["exists"], &paths[..]].concat())).lines() {
        assert!(line.ends_with(" false"), "{line}");
    }
}

fn minimal_root_on(letter: &str) {
    let cell = minimal(false);
    assert_eq!((cell.rung().to_string().as_str(), cell.layers().has("rootfs")), (letter, true));
    minimal_files(&cell);
}

fn minimal_files(cell: &Cell) {
    let roots = output(act(cell, &["entries", "/"]));
    let known = ["dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "programs", "tmp", "usr", "var"];
    assert!(roots.split_whitespace().all(|name| known.contains(&name)), "{roots}");
    let below_usr = output(act(cell, &["entries", "/usr"]));
    assert!(
        below_usr.split_whitespace().all(|name| name.starts_with("lib") && name != "libexec"),
        "{below_usr}"
    );
    assert_eq!(output(act(cell, &["entries", "/tmp"])), "\n");
    let name = itself().file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(output(act(cell, &["entries", "/programs"])), format!("{name}\n"));
    assert_eq!(output(act(cell, &["own-path"])), format!("/programs/{name}\n"));
    let places =
        ["scribble", "/", "/etc", "/dev", "/usr", "/usr/lib", "/lib64", "/tmp", "/dev/shm", "/var/tmp"];
    assert_eq!(output(act(cell, &places)), "[\"/tmp\", \"/dev/shm\", \"/var/tmp\"]\n");
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs("localhost:1").unwrap();
    assert!(addresses.any(|address| address == "127.0.0.1:1".parse().unwrap()));
    let (_master, slave) = pty();
    let mut command = act(cell, &["own-terminal"]);
    command.stdin(slave);
    assert_eq!(output(command), "a terminal\n");
    let (mut child, _) = start(act(cell, &["wait"]));
    assert_eq!(cell.processes(), [child.id()]);
    cell.kill_all();
    child.wait().unwrap();
}

/// A check's own names, addresses and ports are its programs' too, and only theirs; no program can change them.
fn settings() {
    let cell = minimal(false);
    cell.show_file("/etc/hosts", "127.9.9.9 nine.test\n").unwrap();
    cell.show_file("/etc/hosts", "127.9.9.9 nine.test\n127.0.0.1 one.test\n").unwrap();
    cell.show_file("/etc/resolv.conf", "nameserver 127.0.0.2\n").unwrap();
    assert!(cell.show_file("/etc/nowhere", "").is_err());
    let mut found = std::net::ToSocketAddrs::to_socket_addrs("nine.test:1").unwrap();
    assert_eq!(found.next(), Some("127.9.9.9:1".parse().unwrap()));
    assert_eq!(output(act(&cell, &["entries", "/tmp"])), "\n");
    let files = ["writable", "/etc/hosts", "/etc/resolv.conf"];
    assert_eq!(output(act(&cell, &files)), "[]\n");
    assert_eq!(output(act(&cell, &["readable", "/etc/hosts"])), "[\"/etc/hosts\"]\n");

    let nine = std::net::Ipv4Addr::new(10, 9, 9, 9);
    assert!(std::net::UdpSocket::bind((nine, 0)).is_err());
    cell.add_address(nine, 8).unwrap();
    assert!(std::net::UdpSocket::bind((nine, 0)).is_ok());
    assert!(cell.add_address(nine, 8).is_err(), "it is there already");
    cell.add_address(std::net::Ipv4Addr::new(127, 9, 9, 9), 8).unwrap();

    cell.set_ephemeral_ports(&(23_456..=23_456)).unwrap();
    let chosen = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(chosen.local_addr().unwrap().port(), 23_456);
    assert!(std::net::TcpListener::bind("127.0.0.1:0").is_err(), "it was the only one");
}

/// What no lab needs is answered with EPERM, by whatever number it is asked for.
fn denied_calls() {
    let cell = minimal(false);
    assert!(cell.layers().has("seccomp"));
    assert_eq!(output(act(&cell, &["denied-calls"])), "[]\n");
}

/// Without namespaces the filter of files is what hides the machine's.
fn filtered_files(marker: &str) {
    let cell = minimal(false);
    assert_eq!(cell.rung(), Rung::E);
    assert!(cell.layers().has("landlock") && !cell.layers().has("rootfs"), "{:?}", cell.layers());
    let scratch = cell.scratch().to_str().unwrap();
    let hidden = Path::new(marker).parent().unwrap().to_str().unwrap();
    assert_eq!(
        output(act(&cell, &["scribble", scratch, "/tmp", "/var/tmp", hidden, "/dev/shm"])),
        format!("[\"{scratch}\"]\n")
    );
    let files = ["readable", marker, "/etc/passwd", "/etc/hosts", "/proc/self/stat", "/dev/null"];
    assert_eq!(output(act(&cell, &files)), "[\"/etc/hosts\", \"/proc/self/stat\", \"/dev/null\"]\n");
    // It may list the runner's descriptors where root maps to its own user, and neither signal, trace nor read it.
    let worked = output(act(&cell, &["attack-runner"]));
    assert!(["[]\n", "[\"fd\"]\n"].contains(&worked.as_str()), "{worked}");
}

/// Rather no cell than one that lacks what was asked for.
fn required() {
    let wanted = |layer: &str| {
        cell::enter(&Spec { root: Root::Minimal, required: vec![layer.to_owned()], ..Spec::default() })
    };
    let error = wanted("lead_shielding").unwrap_err();
    assert!(
        matches!(&error, Error::Inside { reason, .. } if reason.contains("does not offer lead_shielding")),
        "{error}"
    );
    assert!(wanted("rootfs").unwrap().layers().has("rootfs"));
}
