//! What `debug-guide` prints.

use crate::diagnosis::{Entry, FAULTS};

/// `debug-guide show checklist`: your page, in `guide/`.
pub const CHECKLIST: &str = include_str!("../guide/checklist.md");

/// `debug-guide show optimise`
pub const OPTIMISE: &str = include_str!("../guide/optimise.md");

/// `debug-guide show bench`
pub const BENCH: &str = include_str!("../guide/bench.md");

/// The faults, each with what people say about it, and the pages.
pub fn list() -> String {
    let faults: String = FAULTS.iter().map(|(name, says, _)| format!("{name}  {says}\n")).collect();
    format!("{faults}\npages: checklist, optimise, bench\n")
}

/// A question about a fault for somebody who can't see your screen: a colleague, a forum, an AI assistant. And the form that
/// you fill when the answer is there, because an answer is a hypothesis until you have tried it.
///
/// It has these headings, each `## ` and on a line of its own, in this order:
///
/// | heading | below it |
/// |---|---|
/// | `What I ran` | how the server was started, and all of the script that reproduces the fault |
/// | `What I expected` | the sentence of the contract, from [`FAULTS`] |
/// | `What I saw` | the symptom |
/// | `The smallest code` | where it is: not the whole program |
/// | `One question` | one sentence, with your own hypothesis in it, that ends in a question mark |
/// | `Verification form` | three lines that begin with `- [ ]`: did I reproduce it; does the test fail before the change and pass after it; what did the answer get wrong |
pub fn prompt(fault: &str, entry: &Entry) -> String {
    todo!("write the six sections")
}
