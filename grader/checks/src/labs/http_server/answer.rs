//! An answer of HTTP/1.1, read as strictly as the contract is.

use wire::bytes::escape;

use crate::{Connection, End, Fault, PATIENCE, ensure};

/// All that a server sent on one connection: a head whose lines end with `\r\n`, and a body up to the end of the stream.
#[derive(Debug)]
pub struct Answer {
    status: String,
    headers: Vec<(String, String)>,
    /// What came after the empty line.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads a whole answer, and the orderly end of the stream behind it.
    pub fn to(client: &mut Connection) -> Result<Answer, Fault> {
        let (bytes, end) = client.read_to_end(PATIENCE * 2)?;
        ensure(end == End::Fin, || {
            Fault::expected("an answer, and the end of the stream (FIN)")
                .got(format!("{}, and RST", shown(&bytes)))
        })?;
        Answer::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Answer, Fault> {
        const EMPTY_LINE: &[u8] = b"\r\n\r\n";
        let end =
            bytes.windows(EMPTY_LINE.len()).position(|window| window == EMPTY_LINE).ok_or_else(|| {
                Fault::expected("a head whose lines end with \\r\\n, and an empty line").got(shown(bytes))
            })?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap_or_default().to_owned();
        let headers = lines.map(header).collect::<Result<_, _>>()?;
        Ok(Answer { status, headers, body: bytes[end + EMPTY_LINE.len()..].to_vec() })
    }

    /// Expects this status, in a first line of HTTP/1.1.
    pub fn expect_status(&self, status: &str) -> Result<(), Fault> {
        let expected = format!("HTTP/1.1 {status}");
        ensure(self.status == expected, || {
            Fault::expected(format!("an answer that begins {expected:?}")).got(format!("{:?}", self.status))
        })
    }

    /// The value of the only header of that name.
    pub fn header(&self, name: &str) -> Result<&str, Fault> {
        let mut values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Ok(value),
            (found, _) => Err(Fault::expected(format!("one header {name}")).got(match found {
                None => format!("none in {:?}", self.headers),
                Some(_) => format!("more in {:?}", self.headers),
            })),
        }
    }

    /// Expects the header to have this value.
    pub fn expect_header(&self, name: &str, expected: &str) -> Result<(), Fault> {
        let value = self.header(name)?;
        ensure(value == expected, || {
            Fault::expected(format!("`{name}: {expected}`")).got(format!("`{name}: {value}`"))
        })
    }

    /// Expects exactly this body.
    pub fn expect_body(&self, expected: &[u8]) -> Result<(), Fault> {
        ensure(self.body == expected, || {
            Fault::expected(format!("a body of these {} bytes: {}", expected.len(), escape(expected)))
                .got_bytes(expected, &self.body)
        })
    }

    /// Expects what the contract asks of every answer: its status and type, a length that is the body's, and that the
    /// connection is not used again.
    pub fn expect_framing(&self, status: &str, content_type: &str) -> Result<(), Fault> {
        self.expect_status(status)?;
        self.expect_header("Content-Type", content_type)?;
        self.expect_header("Content-Length", &self.body.len().to_string())?;
        self.expect_header("Connection", "close")
    }
}

fn header(line: &str) -> Result<(String, String), Fault> {
    let (name, value) = line
        .split_once(':')
        .filter(|_| !line.contains(['\r', '\n']))
        .ok_or_else(|| Fault::expected("a header `Name: value`, and \\r\\n").got(format!("{line:?}")))?;
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

/// The beginning of what came, for a fault.
fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() { "nothing".to_owned() } else { escape(&bytes[..bytes.len().min(600)]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = Answer::parse(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX:\t y \r\n\r\na\nb").unwrap();
        answer.expect_status("200 OK").unwrap();
        answer.expect_header("content-length", "3").unwrap();
        answer.expect_header("X", "y").unwrap();
        answer.expect_body(b"a\nb").unwrap();
        assert!(answer.header("Date").is_err());
    }

    #[test]
    fn line_feeds_alone_end_no_line() {
        assert!(Answer::parse(b"HTTP/1.1 200 OK\nX: y\n\na").is_err());
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\nX: y\nZ: z\r\n\r\na").is_err());
    }
}
