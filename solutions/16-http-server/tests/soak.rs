//! The server under a crowd of bad clients, for a minute: by hand, `cargo test -p http-server --test soak -- --ignored`.
//!
//! `WIRELAB_SOAK_SECONDS` makes it longer or shorter; `--nocapture` shows who came.

use checks::crowd::{Talk, soak};

/// Asks for a page, with a body that nobody wants, and a name that has to be escaped.
struct Pages;

impl Talk for Pages {
    fn request(&self, n: u64) -> Vec<u8> {
        let body = "x".repeat(n as usize % 3000);
        format!(
            "POST /hello?n={n} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: <{n}>\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    fn is_answer(&self, n: u64, answer: &[u8]) -> bool {
        let page = format!(
            "<html>\n<body>\n    <h1>Request Info</h1>\n    <p><strong>Method:</strong> POST</p>\n    \
             <p><strong>Path:</strong> /hello</p>\n    <p><strong>Browser:</strong> &lt;{n}&gt;</p>\n</body>\n</html>\n"
        );
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            page.len()
        );
        answer == [head, page].concat().as_bytes()
    }
}

#[test]
#[ignore = "takes a minute"]
fn a_minute_of_bad_clients_costs_nothing() {
    let args = ["--bind", "127.0.0.1", "--port", "0", "--head-timeout", "0.3"];
    match soak(env!("CARGO_BIN_EXE_http-server"), &args, &Pages) {
        Ok(tally) => print!("{tally}"),
        Err(fault) => panic!("{fault}"),
    }
}
