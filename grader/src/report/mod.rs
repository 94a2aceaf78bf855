//! A grade, and the forms in which it is handed out.
//!
//! [`sheet::Sheet`] is one student's grade, [`class::Class`] the grades of all; each format is one file.

pub mod bundle;
pub mod canvas;
pub mod class;
pub mod class_markdown;
pub mod classroom50;
mod columns;
pub mod command;
pub mod csv;
pub mod export;
pub mod folder;
pub mod github;
pub mod gradescope;
pub mod html;
pub mod human;
pub mod isolation;
pub mod json;
pub mod junit;
pub mod look;
pub mod markdown;
pub mod model;
pub mod moodle;
#[cfg(test)]
mod samples;
pub mod sheet;
