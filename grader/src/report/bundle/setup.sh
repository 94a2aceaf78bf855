#!/usr/bin/env bash
# Makes the image of a Gradescope autograder: the compiler, the grader, and everything that a lab is built with, so
# that grading needs no network. It ends with the reference solutions, which must pass here too.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends build-essential ca-certificates curl

export RUSTUP_HOME=/opt/rustup CARGO_HOME=/opt/cargo PATH=/opt/cargo/bin:$PATH
curl --proto '=https' --tlsv1.2 -fsS https://sh.rustup.rs |
    sh -s -- -y --no-modify-path --profile minimal --default-toolchain '{{ toolchain }}'

cd /autograder/source/course
cargo build --release --locked --package grader
grader=target/release/grader
"$grader" doctor
"$grader" grade solutions --min-score 100{{ arguments }}
