//! `server-clinic-probe FAULT`: prints the script that reproduces a fault, as `diagnosis.toml` has it. For the checks.

use std::process::ExitCode;

use labkit::{Failure, exit, failure};
use server_clinic::diagnosis;

fn main() -> ExitCode {
    failure::report(run(&std::env::args().nth(1).unwrap_or_default()))
}

fn run(fault: &str) -> Result<(), Failure> {
    let entry = diagnosis::entry(fault).map_err(|error| Failure::new(exit::FAILURE, error))?;
    if let Some(field) = entry.missing() {
        todo!("`{field}` of [{fault}] in diagnosis.toml");
    }
    print!("{}", entry.reproduce);
    Ok(())
}
