//! Labs and checks by name, with the nearest name when there is none such.

use anyhow::{Result, bail};
use checks::{Check, Lab};

use crate::memory::Memory;
use crate::place::Place;
use crate::standing;

/// The lab of that name, or of that folder name (`03-tcp-echo`).
pub(crate) fn lab(name: &str) -> Result<&'static Lab> {
    let Some(lab) = checks::labs::ALL.iter().find(|lab| lab.name == name || lab.folder() == name) else {
        bail!("no lab is called {name}{}", suggestion(name, checks::labs::ALL.iter().map(|lab| lab.name)));
    };
    Ok(lab)
}

/// The lab of that name; without a name the one to work on, unless all are done.
pub(crate) fn lab_or_current(place: &Place, name: Option<&str>) -> Result<Option<&'static Lab>> {
    match name {
        Some(name) => lab(name).map(Some),
        None => Ok(standing::current(place, &Memory::load(place))),
    }
}

/// The public check of that name.
pub(crate) fn check(lab: &'static Lab, name: &str) -> Result<&'static Check> {
    let Some(check) = lab.check(name) else {
        let near = suggestion(name, lab.checks.iter().map(|check| check.name));
        bail!("{} has no check called {name}{near}", lab.name);
    };
    Ok(check)
}

/// A near name, to be added to the message that there is no such name.
pub(crate) fn suggestion<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, candidate)| format!("; did you mean {candidate}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_is_found_by_its_name_and_by_its_folder() {
        assert_eq!(lab("tcp-echo").unwrap().number, 3);
        assert_eq!(lab("03-tcp-echo").unwrap().number, 3);
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_one() {
        let error = lab("tcp-ehco").unwrap_err().to_string();
        assert_eq!(error, "no lab is called tcp-ehco; did you mean tcp-echo?");
        let error = check(lab("tcp-echo").unwrap(), "echoes-line").unwrap_err().to_string();
        assert_eq!(error, "tcp-echo has no check called echoes-line; did you mean echoes-a-line?");
    }

    #[test]
    fn a_name_like_nothing_gets_no_guess() {
        assert_eq!(lab("zzz").unwrap_err().to_string(), "no lab is called zzz");
    }
}
