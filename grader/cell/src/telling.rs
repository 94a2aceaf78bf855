//! What a machine offers to cells, in words: for every `doctor`.

use std::fmt;

use crate::probe::Machine;
use crate::rung::Rung;

impl fmt::Display for Machine {
    /// The rungs, best first, with a mark at the one that is used; why one is denied, and how to get a better one; and
    /// what the one that is used lacks.
    fn fmt(&self, page: &mut fmt::Formatter<'_>) -> fmt::Result {
        let best = self.best();
        for footing in &self.rungs {
            let mark = if footing.rung == best { "→" } else { " " };
            let state = footing.denied.as_deref().unwrap_or("yes");
            writeln!(page, " {mark} {}  {:<48} {state}", footing.rung, says(footing.rung))?;
            if let Some(reason) = footing.no_wire.as_ref().filter(|_| footing.rung == best) {
                writeln!(page, "      no wire: {reason}")?;
            }
            if let Some(climb) = footing.climb.as_ref().filter(|_| footing.rung < best) {
                writeln!(page, "      to get it: {climb}")?;
            }
        }
        let live = if self.has_wire() {
            "run, each on a wire of its own"
        } else {
            "are skipped: their points count neither way"
        };
        writeln!(page, "\nlive packet checks {live}")
    }
}

fn says(rung: Rung) -> &'static str {
    match rung {
        Rung::A => "namespaces without privilege",
        Rung::B => "namespaces by CAP_SYS_ADMIN",
        Rung::C => "a wire in this network (CAP_NET_ADMIN, _RAW)",
        Rung::D => "raw sockets on lo (CAP_NET_RAW)",
        Rung::E => "no isolation, captures offline",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Footing;

    #[test]
    fn a_denied_rung_says_why_and_how_to_climb() {
        let footing = |rung, denied: Option<&str>, climb: Option<&str>| Footing {
            rung,
            denied: denied.map(str::to_owned),
            no_wire: None,
            climb: climb.map(str::to_owned),
        };
        let page = Machine {
            rungs: vec![
                footing(Rung::A, Some("AppArmor denies it"), Some("sysctl …")),
                footing(Rung::B, None, None),
            ],
        }
        .to_string();
        assert!(page.contains("   A  namespaces without privilege"), "{page}");
        assert!(page.contains("AppArmor denies it\n      to get it: sysctl …\n → B"), "{page}");
        assert!(page.ends_with("live packet checks run, each on a wire of its own\n"), "{page}");
    }
}
