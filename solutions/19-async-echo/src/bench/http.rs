//! The same question to a web server, over a connection that stays open (RFC 9112 §9.3).

use labkit::cli::HostPort;

use super::target::Judgement;

/// More header fields than this are no answer to a plain `GET`.
const MAX_FIELDS: usize = 64;

/// The requests of one connection, which are all the same, and what is known of the reply that is coming.
#[derive(Debug)]
pub(super) struct Http {
    request: Vec<u8>,
    /// Once the head is there: how long head and body are together.
    length: Option<usize>,
    is_last: bool,
}

impl Http {
    pub(super) fn new(server: &HostPort, path: &str) -> Http {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
        Http { request: request.into_bytes(), length: None, is_last: false }
    }

    pub(super) fn advance(&mut self) {
        self.length = None;
        self.is_last = false;
    }

    pub(super) fn request(&self) -> &[u8] {
        &self.request
    }

    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }

    /// Right is status 200 and a body of exactly `Content-Length` bytes. A reply without that field may be right, but
    /// nobody could say whether it is whole: it counts as wrong.
    pub(super) fn judge(&mut self, got: &[u8]) -> Judgement {
        if self.length.is_none() {
            match self.read_head(got) {
                Ok(Some(length)) => self.length = Some(length),
                Ok(None) => return Judgement::Incomplete,
                Err(()) => return Judgement::Wrong,
            }
        }
        match got.len().cmp(&self.length.unwrap_or(0)) {
            std::cmp::Ordering::Less => Judgement::Incomplete,
            std::cmp::Ordering::Equal => Judgement::Right,
            std::cmp::Ordering::Greater => Judgement::Wrong,
        }
    }

    /// The length of head and body together, once the head is whole.
    fn read_head(&mut self, got: &[u8]) -> Result<Option<usize>, ()> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut head = httparse::Response::new(&mut fields);
        let head_length = match head.parse(got) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(()),
        };
        if head.code != Some(200) {
            return Err(());
        }
        let mut body = None;
        for field in head.headers.iter() {
            if field.name.eq_ignore_ascii_case("content-length") {
                body = std::str::from_utf8(field.value).ok().and_then(|text| text.parse::<usize>().ok());
            } else if field.name.eq_ignore_ascii_case("connection") {
                self.is_last = field.value.eq_ignore_ascii_case(b"close");
            }
        }
        body.and_then(|body| head_length.checked_add(body)).map(Some).ok_or(())
    }
}

/// The path of a request, from a command line.
///
/// # Errors
/// Says what a path is: with a space or a line end in it, it would be more than one thing (RFC 9112 §3).
pub fn parse_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("a path begins with / and is written in ASCII without spaces".to_owned())
    }
}
