//! The table of the coverage page: each item of the source courses, and the links to where it is kept.

use std::fmt::Write;

use super::{Place, Row, Source, Target};
use crate::course::{Course, Lab};
use crate::html;

/// A count of all rows, then the table, each as one HTML block. A row can be linked to by its id.
pub(crate) fn of(course: &Course, sources: &[Source]) -> String {
    let mut table = count(sources);
    table.push_str(
        "<table class=\"coverage\"><thead><tr><th>item</th><th>what the source had</th>\
         <th>where it is kept</th></tr></thead>\n",
    );
    for source in sources {
        let _ = writeln!(
            table,
            "<tbody><tr class=\"stage\"><th colspan=\"3\">{}</th></tr>",
            html::inline(&source.title)
        );
        for row in &source.rows {
            let _ = writeln!(
                table,
                "<tr id=\"{0}\"><td>{0}</td><td>{1}</td><td>{2}</td></tr>",
                row.id,
                html::inline(&row.says),
                places(course, row)
            );
        }
        table.push_str("</tbody>\n");
    }
    table.push_str("</table>\n");
    table
}

fn count(sources: &[Source]) -> String {
    let rows = sources.iter().flat_map(|source| &source.rows);
    let all = rows.clone().count();
    let kept = rows.filter(|row| !row.kept.is_empty()).count();
    format!(
        "<p>Of {all} items, {kept} have a place in the course. The others say why they have none.</p>\n\n"
    )
}

fn places(course: &Course, row: &Row) -> String {
    let mut parts: Vec<String> = row.kept.iter().map(|place| place_of(course, place)).collect();
    parts.extend(to_come(course, row));
    parts.extend(row.gap.iter().map(|gap| format!("<em>not here: {}</em>", html::inline(gap))));
    parts.join("<br>")
}

/// A place as a link.
fn place_of(course: &Course, place: &Place) -> String {
    let lab = course.lab(&place.page).ok();
    let page = lab.map_or_else(|| place.page.clone(), Lab::folder);
    let name = lab.map_or_else(|| place.page.clone(), |lab| format!("{:02} {}", lab.number, lab.name));
    match &place.target {
        Target::Whole => format!("<a href=\"{page}.html\">{name}</a>"),
        Target::Section(title) => {
            format!("<a href=\"{page}.html#{}\">{name}</a>: {}", anchor(title), html::inline(title))
        }
        Target::Check(check) => {
            format!(
                "<a href=\"{page}.html#check-{check}\">{name}</a>: <code>{}</code>",
                check.replace('-', "-<wbr>")
            )
        }
    }
}

fn to_come(course: &Course, row: &Row) -> Option<String> {
    let missing: Vec<String> = row
        .labs
        .iter()
        .filter(|number| course.labs.iter().all(|lab| lab.number != **number))
        .map(|number| format!("{number:02}"))
        .collect();
    (!missing.is_empty()).then(|| format!("<em>to come: lab {}</em>", missing.join(", ")))
}

/// The id that mdBook gives to a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|each| each.is_alphanumeric() || matches!(each, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;
    use crate::coverage::parse;

    fn table(row: &str) -> String {
        let text = format!("[[source]]\ntitle = \"A\"\nrows = [{{ id = \"A-1\", says = \"`x`\", {row} }}]");
        of(&sample::course(), &parse(&text).unwrap())
    }

    #[test]
    fn a_public_check_and_a_section_are_links() {
        let text = table("kept = [\"tcp-echo/echoes-a-line\", \"tcp-echo#Half-open: the peer\", \"setup\"]");
        assert!(text.contains(
            "<tr id=\"A-1\"><td>A-1</td><td><code>x</code></td><td>\
             <a href=\"03-tcp-echo.html#check-echoes-a-line\">03 tcp-echo</a>: <code>echoes-<wbr>a-<wbr>line</code><br>\
             <a href=\"03-tcp-echo.html#half-open-the-peer\">03 tcp-echo</a>: Half-open: the peer<br>\
             <a href=\"setup.html\">setup</a></td></tr>"
        ), "{text}");
    }

    #[test]
    fn what_is_not_there_is_told() {
        let text = table("labs = [3, 18, 25], gap = \"the exam\"");
        assert!(
            text.contains("<td><em>to come: lab 18, 25</em><br><em>not here: the exam</em></td>"),
            "{text}"
        );
        assert!(text.contains("Of 1 items, 0 have a place"), "{text}");
    }
}
