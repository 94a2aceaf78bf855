//! What is sent, and what must come back.

/// The text that the client sends again and again.
pub const CHUNK: &[u8; 16] = b"capitalize this!";

/// The most that [`outgoing`] and [`expected`] give at a time, in bytes.
pub const PIECE: usize = 16 * 1024;

static TEXT: [u8; PIECE + CHUNK.len()] = repeated(*CHUNK);
static ANSWER: [u8; PIECE + CHUNK.len()] = repeated(*b"CAPITALIZE THIS!");

const fn repeated(chunk: [u8; CHUNK.len()]) -> [u8; PIECE + CHUNK.len()] {
    let mut text = [0; PIECE + CHUNK.len()];
    let mut at = 0;
    while at < text.len() {
        text[at] = chunk[at % chunk.len()];
        at += 1;
    }
    text
}

/// How many bytes the client sends unless told otherwise.
pub fn default_bytes() -> u64 {
    todo!("the number of the contract")
}

/// The smallest number of whole chunks' bytes that is not below `bytes`, which is at most 2^60: the text is never sent in
/// part.
pub fn round_up(bytes: u64) -> u64 {
    todo!("the next multiple of a chunk's length")
}

/// What is to be sent next, when `sent` of `total` bytes are gone: at most [`PIECE`] bytes, and none at the end.
pub fn outgoing(sent: u64, total: u64) -> &'static [u8] {
    let length = (total - sent).min(PIECE as u64) as usize;
    &TEXT[start(sent)..][..length]
}

/// What must come back behind the first `received` bytes, `count` of them; at most [`PIECE`].
pub fn expected(received: u64, count: usize) -> &'static [u8] {
    &ANSWER[start(received)..][..count]
}

fn start(position: u64) -> usize {
    (position % CHUNK.len() as u64) as usize
}
