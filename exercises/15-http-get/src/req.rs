//! The request.

use crate::url::Target;

/// The bytes that ask for `target`: three lines and an empty one, each ended by CRLF.
///
/// ```text
/// GET <path> HTTP/1.1
/// Host: <host>
/// Connection: close
///
/// ```
///
/// One server may have many names, and the `Host` header says which one was meant (RFC 9112 §3.2). It holds the port as
/// well if that is not 80 (`localhost:8080`), and an IPv6 address in brackets. `Connection: close` asks the server to close
/// behind its response, since there will be no second request.
pub fn build_request(target: &Target) -> Vec<u8> {
    todo!("write the four lines")
}
