//! The server and a client that knows nothing of ours: Python's sockets and `struct`, as an operator's script has them.

use checks::labs::config_server::{config_server, config_server_with, store};
use checks::{Bench, Fault, Lab, check};

static PEERS: Lab = checks::labs::config_server::LAB.with(
    "",
    &[
        check("serves-a-python-script", 0, serves_a_python_script),
        check("client-and-script-work-on-one-configuration", 0, client_and_script_work_on_one_configuration),
    ],
);

fn main() -> std::process::ExitCode {
    checks::cargo_test_beside(&PEERS, &["python3"])
}

/// Two operators and a watcher; it ends with an error if a reply is not what it should be.
const SCRIPT: &str = r#"
import socket, struct, sys

class Session:
    def __init__(self, port, name):
        self.file = socket.create_connection(("127.0.0.1", port)).makefile("rwb")
        self.version = int(self.ask("HELLO " + name).removeprefix("OK "))

    def say(self, text):
        payload = text.encode()
        self.file.write(struct.pack("!I", len(payload)) + payload)
        self.file.flush()

    def hear(self):
        (length,) = struct.unpack("!I", self.file.read(4))
        return self.file.read(length).decode()

    def ask(self, text):
        self.say(text)
        return self.hear()

def same(got, wanted):
    if got != wanted:
        sys.exit(f"{got!r} instead of {wanted!r}")

port = int(sys.argv[1])
ana, bo, watcher = (Session(port, name) for name in ("ana", "bo", "watcher"))
same(watcher.ask("WATCH if"), "OK")
same(ana.ask("SET if.eth0.name Hà Nội"), "OK")
same(bo.ask("SET if.eth0.name Huế"), "OK")
same(ana.ask("COMMIT"), f"OK {ana.version + 1}")
same(bo.ask("COMMIT"), "ERR 409 conflict if.eth0.name")
same(bo.ask("DIFF"), "DIFF 1\n~if.eth0.name Hà Nội -> Huế")
same(bo.ask("ROLLBACK"), "OK")
same(bo.ask("GET if.eth0.name"), "VALUE Hà Nội")
same(watcher.hear(), f"EVENT {ana.version + 1} if.eth0.name Hà Nội")
same(bo.ask("QUIT"), "BYE")
same(bo.file.read(), b"")
print("all as it should be")
"#;

fn run_script(bench: &mut Bench, port: &str) -> Result<(), Fault> {
    let script = bench.file("operators.py", SCRIPT.as_bytes())?;
    bench.run("python3", [script.as_str(), port])?.code(0)?.stdout_is("all as it should be\n")?;
    Ok(())
}

fn serves_a_python_script(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("python3")?;
    let server = config_server(bench, &[])?;
    run_script(bench, &server.address().port().to_string())
}

fn client_and_script_work_on_one_configuration(bench: &mut Bench) -> Result<(), Fault> {
    bench.needs_tool("python3")?;
    let (_, file) = store(bench)?;
    let server = config_server_with(bench, &file)?;
    let address = server.address().to_string();
    let said = b"HELLO me\nSET if.eth0.mtu 1500\nCOMMIT\nQUIT\n";
    bench.run_with_input("config-client", [&address], said)?.code(0)?.stdout_is("OK 0\nOK\nOK 1\nBYE\n")?;
    run_script(bench, &server.address().port().to_string())?;
    let said = b"HELLO me\nGET if.eth0.mtu if.eth0.name\nGET nothing\n";
    let heard = "OK 2\nVALUE 1500\nH\u{e0} N\u{1ed9}i\nERR 404 not found\n";
    bench.run_with_input("config-client", [&address], said)?.code(1)?.stdout_is(heard)?;
    Ok(())
}
