//! Lab 19, hidden half: an echo server of tasks, and what it costs.

use checks::Lab;

pub mod net_bench;

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::async_echo::LAB.with(include_str!("../../signatures/async-echo.toml"), net_bench::CHECKS);
