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
    // begin solution item: the flows, and the order in which they are forgotten
    flows: HashMap<FlowKey, Flow>,
    /// The same flows by the number of their last segment: the first is the one that was silent longest.
    by_age: BTreeMap<u64, FlowKey>,
    /// How many segments were looked at.
    segments: u64,
    // end solution
}

// begin solution item: types of your own

/// One flow.
#[derive(Debug)]
struct Flow {
    /// The number of its last segment.
    last: u64,
    /// When that came.
    heard: Duration,
    /// The sequence number after its SYN, if that was seen.
    first: Option<u32>,
    stream: Reassembler,
    expected: Expected,
    /// What has come of it, and was not enough yet.
    begun: Vec<u8>,
}

/// What comes next in a stream.
#[derive(Debug)]
enum Expected {
    Head,
    Body(Body),
    /// Nothing that could be understood.
    Nothing,
}
// end solution

impl Flows {
    /// No flow yet; those to `port` will be followed.
    pub fn new(port: u16, limits: Limits) -> Self {
        // begin solution: an empty table
        Self { port, limits, flows: HashMap::new(), by_age: BTreeMap::new(), segments: 0 }
        // end solution
    }

    /// Takes a segment seen at `now` (since 1970-01-01 UTC); returns the requests whose heads it completes, in their order.
    ///
    /// Segments to other ports are none of ours, and those that neither open a connection nor carry bytes take no memory.
    /// A SYN begins the stream anew, unless it is the one that the flow began with. Bytes that the capture cut off
    /// count as zeros, so that those after them keep their places.
    pub fn push(&mut self, segment: &Segment<'_>, now: Duration) -> Vec<Req> {
        // begin solution: find or begin the flow, hand it the bytes, take the requests
        let is_empty = segment.payload.is_empty() && segment.missing == 0;
        if segment.flow.destination.port() != self.port || is_empty && !segment.syn {
            return Vec::new();
        }
        let flow = self.flow_of(segment, now);
        if segment.missing == 0 {
            flow.read(segment.seq, segment.payload)
        } else {
            let zeros = vec![0; segment.missing];
            flow.read(segment.seq, &[segment.payload, &zeros].concat())
        }
        // end solution
    }
}

// begin solution item: helpers of your own

impl Flows {
    /// The flow that a segment belongs to, as the one heard last.
    fn flow_of(&mut self, segment: &Segment<'_>, now: Duration) -> &mut Flow {
        self.segments += 1;
        let number = self.segments;
        if let Some(flow) = self.flows.get(&segment.flow) {
            self.by_age.remove(&flow.last);
            let is_old = now.saturating_sub(flow.heard) > self.limits.idle;
            if is_old || segment.syn && flow.first != Some(segment.seq) {
                self.flows.remove(&segment.flow);
            }
        }
        self.forget_the_oldest(now, &segment.flow);
        self.by_age.insert(number, segment.flow);
        let flow = self.flows.entry(segment.flow).or_insert_with(|| Flow::beginning_with(segment));
        (flow.last, flow.heard) = (number, now);
        flow
    }

    /// Forgets who was silent too long, and makes room for `newcomer` if it is one.
    fn forget_the_oldest(&mut self, now: Duration, newcomer: &FlowKey) {
        while let Some(oldest) = self.by_age.first_entry() {
            let is_full =
                self.flows.len() >= self.limits.max_flows.get() && !self.flows.contains_key(newcomer);
            let heard = self.flows.get(oldest.get()).map(|flow| flow.heard);
            let is_old = heard.is_none_or(|heard| now.saturating_sub(heard) > self.limits.idle);
            if !is_full && !is_old {
                return;
            }
            self.flows.remove(&oldest.remove());
        }
    }
}

impl Flow {
    fn beginning_with(segment: &Segment<'_>) -> Self {
        let first = segment.syn.then_some(segment.seq);
        Self {
            last: 0,
            heard: Duration::ZERO,
            first,
            stream: first.map_or_else(Reassembler::new, Reassembler::starting_at),
            expected: Expected::Head,
            begun: Vec::new(),
        }
    }

    /// Takes bytes of the stream; the requests whose heads they complete.
    fn read(&mut self, seq: u32, data: &[u8]) -> Vec<Req> {
        let mut requests = Vec::new();
        let new = self.stream.push(seq, data);
        if new.is_empty() || matches!(self.expected, Expected::Nothing) {
            return requests;
        }
        if self.begun.is_empty() {
            self.begun = new;
        } else {
            self.begun.extend(new);
        }
        if self.take_requests(&mut requests) == Err(NotHttp) {
            self.expected = Expected::Nothing;
            self.begun.clear();
        }
        // What was taken off leaves its room behind.
        self.begun.shrink_to_fit();
        requests
    }

    /// Takes heads and bodies off what has come, as far as they are whole.
    fn take_requests(&mut self, requests: &mut Vec<Req>) -> Result<(), NotHttp> {
        while !self.begun.is_empty() {
            match &mut self.expected {
                Expected::Head => match next_request(&mut self.begun)? {
                    Some(request) => {
                        self.expected = Expected::Body(request.body);
                        requests.push(request);
                    }
                    None => return Ok(()),
                },
                Expected::Body(body) => match body.skip(&mut self.begun)? {
                    true => self.expected = Expected::Head,
                    false => return Ok(()),
                },
                Expected::Nothing => return Ok(()),
            }
        }
        Ok(())
    }
}
// end solution
