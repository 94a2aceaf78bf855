//! Which layers of isolation held the programs, as every report tells it.

use checks::Isolation;

use crate::isolation::REQUIRED;
use crate::report::sheet::shown_in_line;

/// What can be said of all of these together: missing is what was missing anywhere, active what was active wherever a
/// program was run.
pub fn of_all<'a>(parts: impl IntoIterator<Item = &'a Isolation>) -> Isolation {
    let mut all = Isolation::default();
    let add = |to: &mut Vec<String>, layers: &[String]| {
        let new: Vec<String> = layers.iter().filter(|layer| !to.contains(layer)).cloned().collect();
        to.extend(new);
    };
    for part in parts {
        add(&mut all.active, &part.active);
        add(&mut all.missing, &part.missing);
    }
    all.active.retain(|layer| !all.missing.contains(layer));
    all
}

/// The layers that held, as a list in words.
pub fn active(isolation: &Isolation) -> String {
    list(&isolation.active)
}

/// Those that this machine did not offer. One that hidden checks require was done without because the instructor said
/// so, or because no hidden check was run.
pub fn missing(isolation: &Isolation) -> String {
    let told = |layer: &String| match REQUIRED.contains(&layer.as_str()) {
        true => format!("{layer} (required for hidden checks)"),
        false => layer.clone(),
    };
    list(&isolation.missing.iter().map(told).collect::<Vec<_>>())
}

/// Both in one line: `active: userns, netns; missing: none`.
pub fn line(isolation: &Isolation) -> String {
    if *isolation == Isolation::default() {
        return "no program was run".to_owned();
    }
    format!("active: {}; missing: {}", active(isolation), missing(isolation))
}

fn list(layers: &[String]) -> String {
    match layers {
        [] => "none".to_owned(),
        layers => shown_in_line(&layers.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isolation(active: &[&str], missing: &[&str]) -> Isolation {
        let list = |layers: &[&str]| layers.iter().map(ToString::to_string).collect();
        Isolation { active: list(active), missing: list(missing) }
    }

    #[test]
    fn what_was_missing_once_was_missing() {
        let parts =
            [isolation(&["userns", "caps"], &[]), isolation(&["caps"], &["userns"]), Isolation::default()];
        assert_eq!(of_all(&parts), isolation(&["caps"], &["userns"]));
        assert_eq!(line(&of_all(&parts)), "active: caps; missing: userns");
        assert_eq!(line(&isolation(&["caps"], &[])), "active: caps; missing: none");
        assert_eq!(
            line(&isolation(&["caps"], &["seccomp"])),
            "active: caps; missing: seccomp (required for hidden checks)"
        );
        assert_eq!(line(&of_all([])), "no program was run");
    }
}
