//! The bytes of a message: a header of eight bytes, and a payload.

/// The first two bytes of every message: who speaks another protocol is known by them.
pub const MAGIC: u16 = 0x4e50;

/// The version of this protocol.
pub const VERSION: u8 = 1;

/// The length of the header, in bytes.
pub const HEADER: usize = 8;

/// What a message is; its number stands in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The client asks.
    Request = 1,
    /// The server answers.
    Response = 2,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Msg {
    /// Question or answer.
    pub kind: Kind,
    /// Which question, or the answer to which.
    pub id: u32,
    /// Any bytes.
    pub payload: Vec<u8>,
}

/// Why a datagram is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Fewer bytes than a header has.
    #[error("{0} bytes are no message: the header alone has {HEADER}")]
    TooShort(usize),
    /// It begins with other bytes.
    #[error("it begins with {0:04x}, and not with {MAGIC:04x}")]
    Magic(u16),
    /// It is of another version.
    #[error("it is of version {0}, and not of {VERSION}")]
    Version(u8),
    /// It is neither request nor response.
    #[error("{0} is no type of message")]
    Kind(u8),
}

/// The datagram for a message.
pub fn encode(msg: &Msg) -> Vec<u8> {
    // begin solution: magic, version, type and id in network byte order, then the payload
    let mut datagram = Vec::with_capacity(HEADER + msg.payload.len());
    datagram.extend(MAGIC.to_be_bytes());
    datagram.extend([VERSION, msg.kind as u8]);
    datagram.extend(msg.id.to_be_bytes());
    datagram.extend(&msg.payload);
    datagram
    // end solution
}

/// The message in a datagram. The payload may be empty.
///
/// # Errors
///
/// When it is none; the first thing that is wrong, in the order of the bytes.
pub fn decode(datagram: &[u8]) -> Result<Msg, DecodeError> {
    // begin solution: look at the length first, then at each field of the header
    let Some((header, payload)) = datagram.split_first_chunk::<HEADER>() else {
        return Err(DecodeError::TooShort(datagram.len()));
    };
    let [first, second, version, kind, id @ ..] = *header;
    let magic = u16::from_be_bytes([first, second]);
    if magic != MAGIC {
        return Err(DecodeError::Magic(magic));
    }
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let kind = match kind {
        1 => Kind::Request,
        2 => Kind::Response,
        other => return Err(DecodeError::Kind(other)),
    };
    Ok(Msg { kind, id: u32::from_be_bytes(id), payload: payload.to_vec() })
    // end solution
}
