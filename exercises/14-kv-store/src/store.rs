//! The store: keys, their values, and what a command does to them.

use std::collections::HashMap;

use crate::proto::{Cmd, Reply};

/// Keys and their values, in memory: they live as long as the server.
#[derive(Debug, Default)]
pub struct Store(HashMap<String, String>);

impl Store {
    /// Carries out one command, and says what to answer.
    pub fn apply(&mut self, cmd: Cmd) -> Reply {
        todo!("ask the map for what each command needs")
    }
}
