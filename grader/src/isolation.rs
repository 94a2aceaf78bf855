//! What must hold a submission's code before hidden checks meet it.

use anyhow::Result;

use crate::text;
use crate::usage::Usage;

/// The layers, by the names of [`cell::Layers`]: without one of them a program could see or touch what is not its own,
/// or take more of the machine than is its share. Beside them `userns`, `utsns`, `procfs`, `no_nested_userns` and
/// `landlock` are second and third walls, and not every machine has them.
pub const REQUIRED: [&str; 10] = [
    "netns",
    "pidns",
    "mntns",
    "ipcns",
    "rootfs",
    "unprivileged",
    "rlimits",
    "no_new_privs",
    "caps",
    "seccomp",
];

/// What grading relies on, on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Isolation {
    /// What builds and programs are held by, or not started.
    pub required: Vec<String>,
    /// Which of [`REQUIRED`] this machine lacks; empty unless that was allowed.
    pub lacking: Vec<String>,
}

/// Whether code of somebody nobody knows may be run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Every layer must hold.
    Full,
    /// What the machine has will do: there is nothing hidden to see, or the code is trusted.
    Weak,
}

impl Demand {
    /// Everything, unless that is not needed.
    pub fn unless(is_not_needed: bool) -> Demand {
        if is_not_needed { Demand::Weak } else { Demand::Full }
    }
}

impl Isolation {
    /// Looks at what this machine offers.
    ///
    /// # Errors
    /// [`Usage`] where a required layer is missing and that was not allowed; no cell can be had at all.
    pub fn find(demand: Demand) -> Result<Isolation> {
        let layers = cell::layers().map_err(anyhow::Error::msg)?;
        Isolation::of(demand, |layer| layers.has(layer))
    }

    fn of(demand: Demand, holds: impl Fn(&str) -> bool) -> Result<Isolation> {
        let names = REQUIRED.map(str::to_owned);
        let (required, lacking) = names.into_iter().partition(|layer| holds(layer));
        let isolation = Isolation { required, lacking };
        if demand == Demand::Full && !isolation.lacking.is_empty() {
            return Err(Usage::new(format!(
                "this machine lacks {} of isolation: {}. Code of people you don't know could read hidden checks or \
                 harm the machine. `grader doctor` says how to get them; --public-only grades without hidden checks, \
                 and --allow-weak-isolation grades code that you trust",
                text::count(isolation.lacking.len(), "layer"),
                isolation.lacking.join(", ")
            ))
            .into());
        }
        Ok(isolation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_layer_is_refused_unless_it_is_allowed_and_the_others_stay_required() {
        let without = |missing: &'static str| move |layer: &str| layer != missing;
        assert_eq!(Isolation::of(Demand::Full, |_| true).unwrap().required, REQUIRED);
        let refused = Isolation::of(Demand::Full, without("rootfs")).unwrap_err();
        assert!(refused.is::<Usage>());
        assert!(refused.to_string().contains("1 layer of isolation: rootfs"), "{refused}");
        let weak = Isolation::of(Demand::Weak, without("rootfs")).unwrap();
        assert_eq!(weak.lacking, ["rootfs"]);
        assert!(!weak.required.contains(&"rootfs".to_owned()) && weak.required.len() == REQUIRED.len() - 1);
    }
}
