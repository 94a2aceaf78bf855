//! Chance that can be repeated.

use std::hash::{BuildHasher as _, RandomState};

/// Numbers that look random, and are the same for the same seed: splitmix64, by Sebastiano Vigna. Good enough to lose
/// datagrams by, and for no secret.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Chance by a seed; without one, by the system's own.
    pub fn new(seed: Option<u64>) -> Self {
        // A RandomState is seeded by the system, so that nobody can choose what meets in a HashMap.
        Self(seed.unwrap_or_else(|| RandomState::new().hash_one(0)))
    }

    /// The next number from 0 up to, and without, 1.
    pub fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The upper 53 bits: as many as a f64 can hold.
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_they_are_spread() {
        let numbers = |seed| {
            let mut chance = Chance::new(Some(seed));
            std::array::from_fn::<f64, 1000, _>(|_| chance.draw())
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
        let below_half = numbers(7).iter().filter(|number| **number < 0.5).count();
        assert!((400..600).contains(&below_half), "{below_half}");
        assert!(numbers(7).iter().all(|number| (0.0..1.0).contains(number)));
    }
}
