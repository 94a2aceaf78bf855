//! Which columns of an export take which labs: those that the instructor names, else those whose titles name one.

use crate::gradebook::StudentResult;
use crate::report::class::{Class, LabInfo};
use crate::report::csv::Standing;
use crate::report::export::Export;
use crate::report::sheet::shown_in_line;
use crate::usage::Usage;

/// The word for all labs together.
const TOTAL: &str = "total";

/// What goes into which column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    /// The lab's place in the class; `None` = all of them.
    pub(super) lab: Option<usize>,
    pub(super) column: usize,
}

impl Target {
    pub(super) fn standing(self, class: &Class, student: &StudentResult) -> Standing {
        match self.lab {
            Some(lab) => Standing::in_lab(student, &class.labs[lab]),
            None => Standing::in_all(student, class),
        }
    }
}

/// The columns to fill; `titles` are the assignments' own, `None` where a column can't be filled.
pub(super) fn targets(
    export: &Export,
    class: &Class,
    given: &[(String, String)],
    titles: &[Option<String>],
) -> Result<Vec<Target>, Usage> {
    let targets: Vec<Target> = if given.is_empty() {
        titles
            .iter()
            .enumerate()
            .filter_map(|(column, title)| named(title.as_deref()?, column, class))
            .collect()
    } else {
        given
            .iter()
            .map(|(lab, column)| chosen(export, class, lab, column, titles))
            .collect::<Result<_, _>>()?
    };
    let file = export.file;
    if targets.is_empty() {
        let labs: Vec<&str> = class.labs.iter().map(|lab| lab.name.as_str()).collect();
        let (labs, there) = (labs.join(", "), there(titles));
        return Err(Usage::new(format!(
            "{file}: no column names a lab ({labs}): say which with --column LAB=COLUMN ({there})"
        )));
    }
    for (place, target) in targets.iter().enumerate() {
        if targets[..place].iter().any(|other| other.lab == target.lab || other.column == target.column) {
            let lab = target.lab.map_or(TOTAL, |lab| &class.labs[lab].name);
            let column = shown_in_line(&export.header[target.column]);
            return Err(Usage::new(format!(
                "{file}: column {column:?} for {lab}: one of them is taken already; say which with --column {lab}=COLUMN"
            )));
        }
    }
    Ok(targets)
}

/// The column that the instructor names by its heading or by the assignment's title.
fn chosen(
    export: &Export,
    class: &Class,
    lab: &str,
    wanted: &str,
    titles: &[Option<String>],
) -> Result<Target, Usage> {
    let place = class.labs.iter().position(|known| known.name == lab);
    if place.is_none() && lab != TOTAL {
        return Err(Usage::unknown(
            "lab",
            lab,
            class.labs.iter().map(|lab| lab.name.as_str()).chain([TOTAL]),
        ));
    }
    let is_wanted = |(column, title): (usize, &Option<String>)| {
        let title = title.as_deref()?;
        (title == wanted || export.header[column].trim() == wanted).then_some(column)
    };
    match titles.iter().enumerate().find_map(is_wanted) {
        Some(column) => Ok(Target { lab: place, column }),
        None => Err(Usage::new(format!("{}: no column {wanted:?} ({})", export.file, there(titles)))),
    }
}

fn there(titles: &[Option<String>]) -> String {
    let titles: Vec<String> = titles.iter().flatten().map(|title| shown_in_line(title)).collect();
    if titles.is_empty() {
        "none can be filled".to_owned()
    } else {
        format!("there are: {}", titles.join(", "))
    }
}

/// The one lab that a title names.
fn named(title: &str, column: usize, class: &Class) -> Option<Target> {
    let mut labs = (0..class.labs.len()).filter(|lab| is_named(title, &class.labs[*lab]));
    match (labs.next(), labs.next()) {
        (Some(lab), None) => Some(Target { lab: Some(lab), column }),
        (None, _) if title.eq_ignore_ascii_case(TOTAL) => Some(Target { lab: None, column }),
        _ => None,
    }
}

/// Whether a title holds the lab's name or title as words of their own: `Lab 3: tcp-echo`, `03-tcp-echo`.
fn is_named(title: &str, lab: &LabInfo) -> bool {
    let title = title.to_lowercase();
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    let names = [&lab.name, &lab.title].into_iter().map(|name| name.to_lowercase());
    names.filter(|name| !name.is_empty()).any(|name| {
        title.match_indices(&name).any(|(start, _)| {
            let before = title[..start].trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
            !before.ends_with(is_part) && !title[start + name.len()..].starts_with(is_part)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_a_lab_by_words_of_their_own() {
        let lab =
            LabInfo { name: "tcp-echo".into(), number: 3, title: "A blocking echo server".into(), max: 100 };
        for title in ["tcp-echo", "03-tcp-echo", "Lab 3: TCP-Echo (late)", "a blocking echo server"] {
            assert!(is_named(title, &lab), "{title}");
        }
        for title in ["tcp-echo-2", "xtcp-echo", "udp-tcp-echo", "tcp echo", ""] {
            assert!(!is_named(title, &lab), "{title}");
        }
    }
}
