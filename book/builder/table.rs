//! A lab's table of public checks, from its spec and its known bugs.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::course::{Check, Lab};
use crate::html;

/// Points of every lab.
const FULL_MARKS: u32 = 100;

/// The table as one HTML block. Each row can be linked to as `#check-<name>`.
pub(crate) fn of(lab: &Lab) -> String {
    let mut table = String::from(
        "<table class=\"checks\"><thead><tr><th>check</th><th>points</th>\
         <th>what must be true, and the mistakes it catches</th></tr></thead>\n",
    );
    let stages: BTreeSet<u32> = lab.checks.iter().map(|check| check.stage).collect();
    for &stage in &stages {
        table.push_str("<tbody>");
        if stages.len() > 1 {
            let _ = write!(table, "<tr class=\"stage\"><th colspan=\"3\">Stage {stage}</th></tr>");
        }
        table.push('\n');
        for check in lab.checks.iter().filter(|check| check.stage == stage) {
            row(&mut table, lab, check);
        }
        table.push_str("</tbody>\n");
    }
    table.push_str("</table>\n");
    table.push_str(&hidden(lab));
    table
}

fn row(table: &mut String, lab: &Lab, check: &Check) {
    let bugs: String = lab
        .bugs
        .iter()
        .filter(|bug| bug.caught_by == check.name)
        .map(|bug| format!("<li><em>{}</em>: {}</li>", bug.name, html::inline(&bug.says)))
        .collect();
    let _ = writeln!(
        table,
        "<tr id=\"check-{0}\"><td><code>{1}</code></td><td>{2}</td><td>{3}<ul>{bugs}</ul></td></tr>",
        check.name,
        check.name.replace('-', "-<wbr>"),
        check.points,
        html::inline(&check.says),
    );
}

/// Hidden checks are another crate's: here only the bugs they catch, and the points the public ones leave.
fn hidden(lab: &Lab) -> String {
    let public: u32 = lab.checks.iter().map(|check| check.points).sum();
    let names: BTreeSet<&str> =
        lab.bugs.iter().map(|bug| bug.caught_by.as_str()).filter(|name| lab.check(name).is_err()).collect();
    match names.len() {
        0 => String::new(),
        count => format!(
            "<p class=\"hidden-checks\">Public checks: {public} points. {count} hidden {} the other {}.</p>\n",
            if count == 1 { "check holds" } else { "checks hold" },
            FULL_MARKS.saturating_sub(public)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    #[test]
    fn a_row_has_the_check_its_points_its_meaning_and_its_bug() {
        let text = of(&sample::course().labs[0]);
        assert!(text.contains(
            "<tr id=\"check-echoes-a-line\"><td><code>echoes-<wbr>a-<wbr>line</code></td><td>40</td>\
             <td><code>Hello</code> comes back<ul><li><em>no-newline</em>: One read.</li></ul></td></tr>"
        ));
    }

    #[test]
    fn stages_are_told_apart() {
        assert!(of(&sample::course().labs[0]).contains(">Stage 2<"));
    }

    #[test]
    fn of_hidden_checks_only_number_and_points_are_told() {
        let text = of(&sample::course().labs[0]);
        assert!(text.contains("Public checks: 60 points. 1 hidden check holds the other 40."), "{text}");
        assert!(!text.contains("secret") && !text.contains("reply-per-read"), "{text}");
    }

    #[test]
    fn it_is_one_html_block() {
        assert!(!of(&sample::course().labs[0]).contains("\n\n"));
    }
}
