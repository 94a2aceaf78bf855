//! Where the body of a request ends, so that the next request is found behind it and not in it (RFC 9112 §6).

use crate::http::NotHttp;

/// The longest line between two chunks, in bytes.
const MAX_LINE: usize = 1024;

/// What is still to come of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body(Rest);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// So many bytes, and nothing after them.
    Bytes(u64),
    /// So many bytes of a chunk with its line end, then the next chunk.
    ChunkBytes(u64),
    /// The line that says how long the next chunk is.
    ChunkSize,
    /// The fields after the last chunk, up to an empty line.
    Trailers,
}

impl Body {
    /// A body of `length` bytes (`Content-Length`; 0 without that field).
    pub fn of_length(length: u64) -> Self {
        Self(Rest::Bytes(length))
    }

    /// A body in chunks (`Transfer-Encoding: chunked`).
    pub fn chunked() -> Self {
        Self(Rest::ChunkSize)
    }

    /// Takes from the front of `stream` what belongs to this body; whether that is all of it.
    ///
    /// # Errors
    ///
    /// If what should be chunks is none.
    pub fn skip(&mut self, stream: &mut Vec<u8>) -> Result<bool, NotHttp> {
        loop {
            match self.0 {
                Rest::Bytes(left) => {
                    let left = drop_bytes(stream, left);
                    self.0 = Rest::Bytes(left);
                    return Ok(left == 0);
                }
                Rest::ChunkBytes(left) => match drop_bytes(stream, left) {
                    0 => self.0 = Rest::ChunkSize,
                    left => {
                        self.0 = Rest::ChunkBytes(left);
                        return Ok(false);
                    }
                },
                Rest::ChunkSize => {
                    let Some(line) = take_line(stream)? else { return Ok(false) };
                    self.0 = match chunk_size(&line).ok_or(NotHttp)? {
                        0 => Rest::Trailers,
                        size => Rest::ChunkBytes(size.saturating_add(2)),
                    };
                }
                Rest::Trailers => match take_line(stream)? {
                    Some(line) if line.is_empty() => self.0 = Rest::Bytes(0),
                    Some(_) => {}
                    None => return Ok(false),
                },
            }
        }
    }
}

/// Drops up to `left` bytes; how many of them are still to come.
fn drop_bytes(stream: &mut Vec<u8>, left: u64) -> u64 {
    let here = usize::try_from(left).unwrap_or(usize::MAX).min(stream.len());
    stream.drain(..here);
    left - here as u64
}

/// The next line without its end, if it is there as a whole.
fn take_line(stream: &mut Vec<u8>) -> Result<Option<Vec<u8>>, NotHttp> {
    match stream.windows(2).take(MAX_LINE).position(|two| two == b"\r\n") {
        Some(end) => {
            let line = stream.drain(..end + 2).take(end).collect();
            Ok(Some(line))
        }
        None if stream.len() > MAX_LINE => Err(NotHttp),
        None => Ok(None),
    }
}

/// `1f;name=value` is 31.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|&byte| byte == b';').next()?.trim_ascii();
    // `from_str_radix` would take a sign, too.
    let digits = str::from_utf8(digits).ok().filter(|text| !text.starts_with(['+', '-']))?;
    u64::from_str_radix(digits, 16).ok()
}
