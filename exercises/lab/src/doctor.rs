//! `lab doctor`: what this machine offers, what is missing and how to get it.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Result;

use crate::place::Place;
use crate::release::Release;

/// Programs that the book uses, with their Debian packages; the first is needed for building.
const TOOLS: [(&str, &str); 15] = [
    ("cc", "build-essential"),
    ("ss", "iproute2"),
    ("ip", "iproute2"),
    ("nc", "netcat-openbsd"),
    ("tcpdump", "tcpdump"),
    ("nmap", "nmap"),
    ("ping", "iputils-ping"),
    ("ps", "procps"),
    ("curl", "curl"),
    ("python3", "python3"),
    ("strace", "strace"),
    ("telnet", "telnet"),
    ("tmux", "tmux"),
    ("tshark", "tshark"),
    ("xxd", "xxd"),
];

/// Tries for real what the checks need; returns 1 if no check can run here.
pub(crate) fn examine(place: &Place) -> Result<ExitCode> {
    println!("course      {}", place.root.display());
    if let Some(release) = Release::of(&place.root)? {
        println!("edition     {}", release.version);
    }
    println!("toolchain   {}", toolchain());
    let missing: Vec<&(&str, &str)> = TOOLS.iter().filter(|(program, _)| !has_program(program)).collect();
    if missing.is_empty() {
        println!("tools       all that the book uses");
    } else {
        let names: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
        let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
        packages.dedup();
        println!("tools       missing: {}", names.join(", "));
        println!("            to get them: sudo apt install {}", packages.join(" "));
    }
    println!("\ncells, best rung first:");
    print!("{}", checks::cell::probe());
    Ok(if has_program("cc") { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn toolchain() -> String {
    let rustc = Command::new("rustc").arg("--version").stderr(Stdio::null()).output();
    let version = rustc.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    version
        .filter(|version| !version.is_empty())
        .unwrap_or_else(|| "no rustc on PATH: https://rustup.rs installs it".to_owned())
}

fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(|folder| Path::new(folder).to_owned()));
    folders.into_iter().any(|folder| folder.join(name).is_file())
}
