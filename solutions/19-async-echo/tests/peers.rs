//! The server and the programs with which people really visit it.
fn main() {}
