//! A grade, and the forms in which it is handed out.

pub mod human;
pub mod model;
