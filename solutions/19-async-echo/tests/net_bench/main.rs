//! The instrument, held against things that are known: distributions, a server that stalls, replies that are wrong.
#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

mod comparison;
mod omission;
mod output;
mod percentiles;
mod picture;
mod replies;
mod servers;
mod web;
