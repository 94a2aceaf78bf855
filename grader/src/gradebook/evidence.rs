//! What a failed check left behind, cut to a size that a class of hundreds can afford.

use checks::{Outcome, Story};

/// Of one capture: far more than any honest program sends in a check.
const MAX_CAPTURE: usize = 256 << 10;
/// Of a story as JSON, and of a page.
const MAX_TEXT: usize = 64 << 10;

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The check's place in the lab's contract.
    pub place: usize,
    /// What it is.
    pub kind: Kind,
    /// Whether it was longer.
    pub is_cut: bool,
    /// The bytes.
    pub content: Vec<u8>,
}

/// What a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The report of the failure as people read it.
    Page,
    /// What crossed, as JSON.
    Story,
    /// The frames, as pcapng.
    Capture,
}

impl Kind {
    /// The word in the gradebook.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Page => "page",
            Kind::Story => "story",
            Kind::Capture => "capture",
        }
    }
}

impl Evidence {
    /// The transcript and the capture of a check that failed; its frames are taken out of the outcome.
    pub fn of(place: usize, outcome: &mut Outcome) -> Vec<Evidence> {
        let capture = outcome.capture.take();
        if !outcome.verdict.is_failure() || outcome.not_done {
            return Vec::new();
        }
        let mut evidence = vec![Evidence::story(place, &outcome.story)];
        evidence.extend(capture.map(|bytes| {
            let kept = whole_blocks(&bytes, MAX_CAPTURE);
            Evidence {
                place,
                kind: Kind::Capture,
                is_cut: kept < bytes.len(),
                content: bytes[..kept].to_vec(),
            }
        }));
        evidence
    }

    fn story(place: usize, story: &Story) -> Evidence {
        let mut story = story.clone();
        let all = story.steps.len();
        let mut content = serde_json::to_vec(&story).unwrap_or_default();
        while content.len() > MAX_TEXT && !story.steps.is_empty() {
            // It went wrong at the end; the beginning is like everyone's.
            story.steps.drain(..story.steps.len().div_ceil(2));
            content = serde_json::to_vec(&story).unwrap_or_default();
        }
        Evidence { place, kind: Kind::Story, is_cut: story.steps.len() < all, content }
    }

    /// The report of one failure.
    pub fn page(place: usize, page: &str) -> Evidence {
        let end = page.floor_char_boundary(MAX_TEXT);
        Evidence {
            place,
            kind: Kind::Page,
            is_cut: end < page.len(),
            content: page.as_bytes()[..end].to_vec(),
        }
    }
}

/// How many bytes of a pcapng file are whole blocks and no more than `most`: a file cut there is still one.
fn whole_blocks(bytes: &[u8], most: usize) -> usize {
    let mut end = 0;
    while let Some(length) = bytes.get(end + 4..end + 8) {
        let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
        let next = end.saturating_add(length);
        if length < 12 || next > bytes.len().min(most) {
            break;
        }
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use checks::{Step, Verdict, Way};

    use super::*;

    fn failed(steps: usize, capture: Option<Vec<u8>>) -> Outcome {
        let step = |number: usize| Step {
            at_ms: 0.0,
            way: Way::ToProgram,
            text: format!("step {number} {}", "x".repeat(1000)),
            note: None,
            wrong: false,
        };
        let mut outcome = Outcome::infra(7, "");
        outcome.verdict = Verdict::Fail;
        outcome.story.steps = (0..steps).map(step).collect();
        outcome.capture = capture;
        outcome
    }

    fn block(length: u32) -> Vec<u8> {
        let mut block = vec![0; length as usize];
        block[4..8].copy_from_slice(&length.to_le_bytes());
        block
    }

    #[test]
    fn a_long_story_keeps_its_end() {
        let evidence = Evidence::of(3, &mut failed(500, None));
        let [story] = evidence.as_slice() else { panic!("{evidence:?}") };
        assert!(story.is_cut && story.content.len() <= MAX_TEXT);
        let story: Story = serde_json::from_slice(&story.content).unwrap();
        assert!(story.steps.last().unwrap().text.starts_with("step 499 "));
    }

    #[test]
    fn a_capture_is_cut_between_blocks() {
        let bytes = [block(100), block(200_000), block(200_000)].concat();
        let evidence = Evidence::of(0, &mut failed(1, Some(bytes.clone())));
        assert_eq!((evidence[1].content.len(), evidence[1].is_cut), (200_100, true));
        assert_eq!(whole_blocks(&bytes[..150], usize::MAX), 100);
        assert_eq!(whole_blocks(&block(0x10)[..6], usize::MAX), 0);
        // A length that never advances.
        assert_eq!(whole_blocks(&[0; 64], usize::MAX), 0);
    }

    #[test]
    fn what_passed_or_was_not_done_leaves_nothing() {
        let mut outcome = failed(1, Some(block(100)));
        outcome.not_done = true;
        assert_eq!(Evidence::of(0, &mut outcome), []);
        assert_eq!(outcome.capture, None);
    }

    #[test]
    fn a_page_is_cut_between_characters() {
        let page = Evidence::page(0, &"ü".repeat(MAX_TEXT));
        assert!(page.is_cut && std::str::from_utf8(&page.content).is_ok());
    }
}
