//! The server and the client, each with netcat on the other side, and the transcript of three users.

use checks::labs::udp_chat::{Guest, chat_server};
use checks::wire::peer::Script;
use checks::{Bench, Fault, Lab, check, play_datagrams};

static PEERS: Lab = checks::labs::udp_chat::LAB.with(
    "",
    &[
        check("chats-as-in-the-transcript", 0, chats_as_in_the_transcript),
        check("chats-with-netcat", 0, chats_with_netcat),
        check("client-talks-with-netcat", 0, client_talks_with_netcat),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["nc"])
}

fn chats_as_in_the_transcript(bench: &mut Bench) -> Result<(), Fault> {
    let text = include_str!("../../../fixtures/transcripts/chat_three_users.peer");
    let script = Script::parse(text).map_err(|error| Fault::infra(error.to_string()))?;
    let server = chat_server(bench)?;
    play_datagrams(&script, bench, server.address())
}

fn chats_with_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    let server = chat_server(bench)?;
    let alice = Guest::joins(bench, &server, "Alice", &[])?;
    let mut nc = bench.terminal("nc", ["-u", "127.0.0.1", &server.address().port().to_string()])?;
    // netcat sends the newline, too.
    nc.type_line("/join Netcat")?;
    alice.hears("[SERVER] 'Netcat' joined the chat")?;
    alice.says("chào")?;
    nc.expect("Alice: chào")?;
    nc.type_line("Xin chào")?;
    alice.hears("Netcat: Xin chào")
}

fn client_talks_with_netcat(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("nc")?;
    bench.needs_default_ports()?;
    let mut nc = bench.terminal("nc", ["-v", "-u", "-l", "127.0.0.1", "8888"])?;
    nc.expect("Bound on")?;
    let mut client = bench.terminal("udp-chat-client", ["--nick", "Alice"])?;
    nc.expect("/join Alice")?;
    nc.type_line("Bob: Xin chào")?;
    client.expect("Bob: Xin chào")?;
    client.type_line("/quit")?;
    nc.expect("/leave")?;
    client.expect_exit(0)
}
