//! How an answer begins: a number for programs, and words for people (RFC 9110 §15). Given.

use std::fmt;

/// The answers that the servers of this lab give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 200: here is what you asked for.
    Ok,
    /// 400: this is no request.
    BadRequest,
    /// 404: there is no such page.
    NotFound,
    /// 408: you took too long.
    RequestTimeout,
    /// 413: your body is too long.
    ContentTooLarge,
    /// 431: your head is too long.
    HeadTooLarge,
    /// 505: your version of HTTP is none of mine.
    VersionNotSupported,
}

impl Status {
    /// The number.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Status::Ok => 200,
            Status::BadRequest => 400,
            Status::NotFound => 404,
            Status::RequestTimeout => 408,
            Status::ContentTooLarge => 413,
            Status::HeadTooLarge => 431,
            Status::VersionNotSupported => 505,
        }
    }

    /// The words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Status::Ok => "OK",
            Status::BadRequest => "Bad Request",
            Status::NotFound => "Not Found",
            Status::RequestTimeout => "Request Timeout",
            Status::ContentTooLarge => "Content Too Large",
            Status::HeadTooLarge => "Request Header Fields Too Large",
            Status::VersionNotSupported => "HTTP Version Not Supported",
        }
    }
}

/// As it stands in an answer's first line: `404 Not Found`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.reason())
    }
}

/// Why a client gets no page: it, and not this server, has made a mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {why}")]
pub struct Refusal {
    /// What the answer begins with.
    pub status: Status,
    /// The mistake, in a few words.
    pub why: &'static str,
}

impl Refusal {
    /// Refuses with that status, for that reason.
    #[must_use]
    pub fn new(status: Status, why: &'static str) -> Refusal {
        Refusal { status, why }
    }
}
