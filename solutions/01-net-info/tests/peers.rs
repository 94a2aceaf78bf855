//! What `net-info` answers, and what the system's own `getent` and `ip` answer to the same questions.

use checks::{Bench, Fault, Lab, check, ensure};

static PEERS: Lab = checks::labs::net_info::LAB.with(
    "",
    &[
        check("agrees-with-getent-on-services", 0, agrees_with_getent_on_services),
        check("agrees-with-getent-on-names", 0, agrees_with_getent_on_names),
        check("agrees-with-ip-on-addresses", 0, agrees_with_ip_on_addresses),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["getent", "ip"])
}

fn agrees_with_getent_on_services(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("getent")?;
    for name in ["http", "www", "https", "ssh", "domain", "syslog"] {
        for proto in ["tcp", "udp"] {
            // `http                  80/tcp www`; nothing if there is none.
            let theirs = bench.run("getent", ["services", &format!("{name}/{proto}")])?.stdout_text();
            let theirs = theirs.split_whitespace().nth(1).and_then(|word| word.split('/').next());
            let ours = bench.run("net-info", ["service", name, "--proto", proto])?.stdout_text();
            agree(ours.trim(), theirs.unwrap_or_default())?;
        }
    }
    Ok(())
}

fn agrees_with_getent_on_names(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("getent")?;
    bench.hosts(&["127.0.0.1 localhost", "::1 localhost", "127.0.0.2 localhost"])?;
    // `127.0.0.1       STREAM localhost`, a line an address.
    let theirs = bench.run("getent", ["ahosts", "localhost"])?.stdout_text();
    let theirs: Vec<&str> = theirs
        .lines()
        .filter(|line| line.contains("STREAM"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let ours = bench.run("net-info", ["host", "localhost"])?.code(0)?.stdout_text();
    agree(ours.trim_end(), &theirs.join("\n"))
}

fn agrees_with_ip_on_addresses(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("ip")?;
    // `lo               UNKNOWN        127.0.0.1/8 ::1/128`.
    let theirs = bench.run("ip", ["-br", "address", "show", "lo"])?.code(0)?.stdout_text();
    let theirs: Vec<&str> = theirs.split_whitespace().skip(2).collect();
    let ours = bench.run("net-info", ["interfaces"])?.code(0)?.stdout_text();
    let ours: Vec<&str> = ours
        .lines()
        .filter(|line| line.starts_with("lo "))
        .flat_map(|line| line.split_whitespace().skip(4))
        .collect();
    agree(&ours.join(" "), &theirs.join(" "))
}

fn agree(ours: &str, theirs: &str) -> Result<(), Fault> {
    ensure(ours == theirs, || Fault::expected(format!("the system's answer, {theirs:?}")).got(ours))
}
