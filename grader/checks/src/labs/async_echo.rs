//! Lab 19: an echo server of tasks, and what it costs.

use crate::Lab;

pub mod net_bench;

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "async-echo",
    number: 19,
    title: "An echo server of tasks",
    signatures: include_str!("../../signatures/async-echo.toml"),
    checks: net_bench::CHECKS,
};
