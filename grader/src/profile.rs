//! What this machine offers to the programs under test. A verdict holds where as much is offered: whatever is lacking
//! can turn it into SKIP, and every layer of isolation less can let a program pass that must not.

use std::fs;

use anyhow::{Context, Result};
use cell::Machine;

/// In words, as a part of a verdict's key: two machines with the same words give the same verdicts.
///
/// # Errors
/// The system does not tell this process's limits.
pub fn profile() -> Result<String> {
    let limits = fs::read_to_string("/proc/self/limits").context("reading /proc/self/limits")?;
    let layers = cell::layers().map_err(anyhow::Error::msg)?;
    Ok(offers(&probe(), &layers.missing, &limits).join(", "))
}

/// What the machine says at its best: a probe that had to wait for a busy machine may say less, and what it said then
/// would count as another machine.
fn probe() -> Machine {
    let first = cell::probe();
    if first.has_wire() && first.best() == cell::Rung::ALL[0] {
        return first;
    }
    let second = cell::probe();
    let worth = |machine: &Machine| (machine.best(), !machine.has_wire());
    if worth(&second) < worth(&first) { second } else { first }
}

/// One phrase for each thing that a verdict may depend on.
fn offers(machine: &Machine, missing: &[String], limits: &str) -> Vec<String> {
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    // "Max open files  <soft limit>  <hard limit>  files": a program may raise its own to the hard one.
    let files = files.split_whitespace().nth(4).unwrap_or("unknown");
    let mut offers = vec![
        format!("rung {}", machine.best()),
        if machine.has_wire() { "wire" } else { "no wire" }.to_owned(),
        format!("{files} open files"),
    ];
    if !missing.is_empty() {
        offers.push(format!("without {}", missing.join(" and ")));
    }
    offers
}

#[cfg(test)]
mod tests {
    use cell::{Footing, Rung};

    use super::*;

    const LIMITS: &str = "Limit    Soft Limit  Hard Limit  Units\nMax open files  1024  20000  files\n";

    fn machine(best: Rung, has_wire: bool) -> Machine {
        let footing = |rung| Footing {
            rung,
            denied: (rung < best).then(|| "not allowed".to_owned()),
            no_wire: (!has_wire).then(|| "not allowed".to_owned()),
            climb: None,
        };
        Machine { rungs: Rung::ALL.into_iter().map(footing).collect() }
    }

    #[test]
    fn a_machine_that_offers_less_has_another_profile() {
        let strong = offers(&machine(Rung::A, true), &[], LIMITS);
        assert_eq!(strong, ["rung A", "wire", "20000 open files"]);
        assert_ne!(offers(&machine(Rung::E, true), &[], LIMITS), strong);
        assert_ne!(offers(&machine(Rung::A, false), &[], LIMITS), strong);
        assert_ne!(offers(&machine(Rung::A, true), &[], &LIMITS.replace("20000", "64")), strong);
        assert_ne!(offers(&machine(Rung::A, true), &["landlock".to_owned()], LIMITS), strong);
    }
}
