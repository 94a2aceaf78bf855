//! Across a link of the test's own, from one network namespace to another: the answers come from the kernel's own stack.

mod namespaces;

use std::process::Output;

/// Two namespaces joined by a veth pair: here 10.77.0.1, there 10.77.0.2. Then the program, whose words come as arguments.
/// The pair goes with the namespaces, and these with their processes.
const TWO_KERNELS: &str = r#"
set -e
ip link set lo up
ip link add near type veth peer name far
unshare --net sleep 60 &
there=$!
while [ "$(readlink /proc/$there/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do :; done
ip link set far netns $there
nsenter --target $there --net sh -c 'ip address add 10.77.0.2/24 dev far && ip link set far up'
ip address add 10.77.0.1/24 dev near
ip link set near up
"$@"
"#;

/// Runs a program in the near namespace.
fn run(command: &[&str]) -> Option<Output> {
    namespaces::run(TWO_KERNELS, &["ip", "nsenter", "ping"], command)
}

fn expect_all_answered(program: &str, output: &Output, summary: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains(summary),
        "{program}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn another_kernel_answers_our_requests_as_it_does_those_of_ping() {
    let arguments = ["10.77.0.2", "-c", "3", "-i", "0.2", "-W", "10"];
    for (program, size, summary) in [
        ("ping", "56", "3 received, 0% packet loss"),
        (env!("CARGO_BIN_EXE_icmp-ping"), "56", "3 sent, 3 received, 0% loss"),
        // In fragments, there and back.
        (env!("CARGO_BIN_EXE_icmp-ping"), "9001", "3 sent, 3 received, 0% loss"),
    ] {
        let Some(output) = run(&[&[program], &arguments[..], &["-s", size]].concat()) else { return };
        expect_all_answered(program, &output, summary);
    }
}

#[test]
fn nobody_is_as_silent_as_to_ping() {
    let program = env!("CARGO_BIN_EXE_icmp-ping");
    let Some(output) = run(&[program, "10.77.0.9", "-c", "2", "-i", "0.1", "-W", "0.2"]) else { return };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.ends_with("2 sent, 0 received, 100% loss\n"), "{text}");
    assert_eq!(output.status.code(), Some(5));
}
