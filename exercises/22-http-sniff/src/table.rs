//! All connections at once: which segment belongs to which stream, and which streams are forgotten.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::time::Duration;

use crate::body::Body;
use crate::flow::{FlowKey, Reassembler};
use crate::http::{NotHttp, Req, next_request};
use crate::segment::Segment;

/// What a table remembers at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// So many flows. Beyond that, the one that was silent longest is forgotten.
    pub max_flows: NonZeroUsize,
    /// A flow that was silent for longer is forgotten; what then comes for its addresses is a new one.
    pub idle: Duration,
}

/// The flows to one port, each with what is known of its stream.
#[derive(Debug)]
pub struct Flows {
    /// Where servers listen.
    port: u16,
    limits: Limits,
    // Your part: the flows, and the order in which they are forgotten
}

// Your part: types of your own

impl Flows {
    /// No flow yet; those to `port` will be followed.
    pub fn new(port: u16, limits: Limits) -> Self {
        todo!("an empty table")
    }

    /// Takes a segment seen at `now` (since 1970-01-01 UTC); returns the requests whose heads it completes, in their order.
    ///
    /// Segments to other ports are none of ours, and those that neither open a connection nor carry bytes take no memory.
    /// A SYN begins the stream anew, unless it is the one that the flow began with. Bytes that the capture cut off
    /// count as zeros, so that those after them keep their places.
    pub fn push(&mut self, segment: &Segment<'_>, now: Duration) -> Vec<Req> {
        todo!("find or begin the flow, hand it the bytes, take the requests")
    }
}

// Your part: helpers of your own
