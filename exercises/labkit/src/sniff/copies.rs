//! Loopback shows every frame twice: on its way out, and on its way in.

use std::collections::VecDeque;

/// How many frames may pass between a frame and its second sight. On a quiet machine there is none between them; where two
/// processors send at the same time there are a few.
const WINDOW: usize = 16;

/// The frames that were seen once so far.
#[derive(Debug, Default)]
pub(super) struct Copies {
    seen_once: VecDeque<Vec<u8>>,
}

impl Copies {
    /// Whether this is the second sight of a frame. A third one is a first one again: somebody has sent the same once more.
    pub(super) fn is_second_sight(&mut self, frame: &[u8]) -> bool {
        if let Some(at) = self.seen_once.iter().position(|seen| seen == frame) {
            self.seen_once.remove(at);
            return true;
        }
        if self.seen_once.len() == WINDOW {
            self.seen_once.pop_front();
        }
        self.seen_once.push_back(frame.to_vec());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firsts(frames: &[&str]) -> Vec<String> {
        let mut copies = Copies::default();
        let firsts = frames.iter().filter(|frame| !copies.is_second_sight(frame.as_bytes()));
        firsts.map(|frame| (*frame).to_owned()).collect()
    }

    #[test]
    fn each_pair_is_one_frame() {
        assert_eq!(firsts(&["a", "a", "b", "b", "c", "c"]), ["a", "b", "c"]);
        assert_eq!(firsts(&["a", "b", "a", "b"]), ["a", "b"]);
    }

    #[test]
    fn what_is_sent_twice_is_seen_four_times_and_stays_twice() {
        assert_eq!(firsts(&["a", "a", "a", "a"]), ["a", "a"]);
    }

    #[test]
    fn a_frame_of_which_only_the_second_sight_was_caught_disturbs_no_other() {
        assert_eq!(firsts(&["z", "a", "a", "b", "b"]), ["z", "a", "b"]);
    }

    #[test]
    fn it_holds_no_more_than_its_window() {
        let mut copies = Copies::default();
        for frame in 0..1000_u32 {
            assert!(!copies.is_second_sight(&frame.to_be_bytes()));
        }
        assert_eq!(copies.seen_once.len(), WINDOW);
    }
}
