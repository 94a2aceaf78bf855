//! A class: who gets which grade, what is graded twice, and what is left when something goes wrong.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

mod bad_input;
mod disk;
mod fixture;
mod killed;
mod parts;
mod regrading;
mod sameness;
mod sample;
mod trouble;
mod workers;
