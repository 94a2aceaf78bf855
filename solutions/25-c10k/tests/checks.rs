//! The lab's public checks, listed as tests by name.

fn main() -> std::process::ExitCode {
    checks::cargo_test(&checks::labs::c10k::LAB)
}
