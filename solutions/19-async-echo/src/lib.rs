//! Lab 19: an echo server of tasks, and [`bench`], which measures it.

pub mod bench;
