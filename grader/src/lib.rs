//! Grades one submission: builds it in a workspace of its own, runs every check in a cell of its own, reports.
//!
//! ```text
//! submission ─▶ workspace ─▶ run ─▶ grade ─▶ report
//! (what a       (pristine,   (each check    (verdicts, scores)
//!  student       built once)  in a cell)
//!  may write)
//! ```
//!
//! `release` makes the students' workspace from the solutions, `prove` shows that every check catches something.
//! A program that uses this library calls [`checks::take_over_if_asked`] first thing in its `main`.

pub mod bugs;
pub mod cargo;
pub mod catalog;
pub mod class;
mod copies;
pub mod course;
pub mod doctor;
pub mod grade;
pub mod gradebook;
pub mod inputs;
pub mod isolation;
mod judge;
mod lock;
mod manifests;
pub mod markers;
mod messages;
pub mod output;
pub mod profile;
mod programs;
pub mod progress;
pub mod prove;
pub mod release;
pub mod replay;
pub mod report;
pub mod roster;
pub mod run;
pub mod submission;
pub mod text;
pub mod tree;
pub mod unpack;
pub mod usage;
pub mod when;
pub mod workspace;
