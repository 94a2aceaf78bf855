//! Lab 09: a request and its response, over a network that loses, delays, doubles and forges.
//!
//! | module | holds | from you |
//! |---|---|---|
//! | [`wire`] | the bytes of a message | `encode`, `decode` |
//! | [`backoff`] | how long to wait for each attempt | `schedule` |
//! | [`client`] | a request that is repeated until it is answered | `random_id`, `request`, and `request_from_anybody`, which shows how not to do it |
//! | [`server`] | a server that answers, unless it pretends that the request was lost | `DropPolicy::loses_next`, `serve` |
//!
//! # What goes over the wire
//!
//! Each datagram is one message: a header of eight bytes, and a payload.
//!
//! ```text
//!  byte   0       1       2       3       4       5       6       7       8 …
//!       ├───────────────┼───────┼───────┼───────────────────────────────┼────────
//!       │  4e      50   │  01   │ type  │         id, big-endian        │ payload
//! ```
//!
//! The type is 1 for a request and 2 for a response. The id is the client's choice, a random one for each request; the
//! response has the same. The payload of a response is the text `Your data was N bytes long`, where N is the length of
//! the request's payload.
//!
//! *The client* sends its request and waits for the response. When the delay of an attempt is over, it sends the same
//! datagram again and waits twice as long. It takes nothing but a response with its id, from the server's address and
//! port; whatever else arrives is ignored, and neither ends nor extends the wait. That nobody listens (connection refused)
//! is one more way to lose a datagram: the attempt's whole delay is waited.
//!
//! *With `--promiscuous`* it sends the bare message, and takes the first datagram from anybody for the response.
//!
//! *The server* ignores what is no request. Of the requests it loses some on purpose, and answers the others.
//!
//! # What the programs print
//!
//! | program | lines on standard output |
//! |---|---|
//! | server | `UDP server listening on ADDRESS`; for each request either `Pretending to drop packet from ADDRESS` or `The client at ADDRESS says "TEXT"` |
//! | client | `Client socket name is ADDRESS`; for each attempt `Waiting up to 0.1 seconds for a reply`; at the end `The server says "TEXT"` |
//!
//! TEXT is written as `{:?}` writes a string, so that what a stranger sent can't move the cursor. Bytes that are no text
//! are shown as `�` (U+FFFD).

// Remove this line when you are done: until then it silences warnings about code that is not written yet.
#![allow(unused)]

pub mod backoff;
pub mod chance;
pub mod client;
pub mod server;
pub mod wire;

/// The largest payload of a UDP datagram over IPv4: 65,535 bytes less 20 and 8 for the headers.
pub const LARGEST_DATAGRAM: usize = 65_507;
