//! Old and new scores side by side, before anything that stands is replaced.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result};

use crate::gradebook::{Change, Gradebook};
use crate::text;

/// Of many changes the first ones are shown; all of them are in the JSON summary.
const MAX_SHOWN: usize = 200;

/// What becomes of grades that stand and would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// A person is asked; they stay where there is none.
    Ask,
    /// They are replaced.
    Yes,
    /// They stay.
    No,
}

/// Shows the changes, and makes them if that is wanted. Returns whether they were made.
///
/// # Errors
/// The gradebook can't be written: then none of them was made.
pub(super) fn replace(gradebook: &mut Gradebook, changes: &[Change], how: Replace) -> Result<bool> {
    if changes.is_empty() {
        return Ok(false);
    }
    eprint!("{}", diff(changes));
    let wanted = match how {
        Replace::Yes => true,
        Replace::No => false,
        Replace::Ask => ask(changes.len())?,
    };
    if wanted {
        gradebook.replace(changes)?;
    }
    Ok(wanted)
}

/// One line a change, and the sum.
fn diff(changes: &[Change]) -> String {
    let mut page = String::new();
    let width = changes.iter().map(|change| change.grade.student.chars().count()).max().unwrap_or(0);
    let _ = writeln!(page, "\n{} would be replaced:", text::count(changes.len(), "grade"));
    for Change { grade, old } in changes.iter().take(MAX_SHOWN) {
        let new = &grade.score;
        let by = i64::from(new.score) - i64::from(old.score);
        let _ = writeln!(
            page,
            "   {:<width$}  {:<14} {:>3}/{:<3} {:<10} →  {:>3}/{:<3} {:<10} {by:+}",
            text::plain(&grade.student),
            grade.lab,
            old.score,
            old.max,
            old.verdict,
            new.score,
            new.max,
            new.verdict
        );
    }
    if changes.len() > MAX_SHOWN {
        let _ = writeln!(page, "   … and {} more", changes.len() - MAX_SHOWN);
    }
    page
}

fn ask(changes: usize) -> Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        eprintln!("They stay as they are: nobody is here to be asked. Say --yes to replace them.");
        return Ok(false);
    }
    eprint!("Replace {}? [y/N] ", text::count(changes, "grade"));
    io::stderr().flush().context("asking")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("reading the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradebook::{Grade, Score};

    #[test]
    fn a_diff_shows_both_scores_and_no_escape() {
        let score = |verdict: &str, score| Score { grading: 1, verdict: verdict.to_owned(), score, max: 100 };
        let grade = Grade {
            student: "al\u{1b}ice".to_owned(),
            lab: "tcp-echo",
            submission: None,
            score: score("PASS", 100),
        };
        let page = diff(&[Change { grade, old: score("FAIL", 92) }]);
        assert!(page.contains("92/100 FAIL       →  100/100 PASS       +8"), "{page}");
        assert!(!page.contains('\u{1b}'), "{page}");
    }
}
