//! The summary names every page, and only pages that exist.

use std::collections::BTreeSet;

use super::Source;
use crate::problem::Problem;

pub(super) fn check(summary: &Source, files: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut named = BTreeSet::new();
    for (at, line) in summary.text.lines().enumerate() {
        let Some((_, target)) = line.split_once("](") else { continue };
        let target = target.trim_end().trim_end_matches(')').trim_start_matches("./");
        if !files.iter().any(|file| file == target) {
            problems.push(summary.problem(at + 1, format!("no page `{target}`")));
        } else if !named.insert(target) {
            problems.push(summary.problem(at + 1, format!("`{target}` is listed twice")));
        }
    }
    let orphans = files.iter().filter(|file| !named.contains(file.as_str()));
    problems.extend(
        orphans.map(|file| Problem::new(format!("book/src/{file}"), 1, "SUMMARY.md does not list this page")),
    );
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_repeated_and_orphaned_pages_are_found() {
        let text = "# Summary\n\n- [A](a.md)\n- [B](./gone.md)\n- [A again](a.md)\n";
        let summary = Source { path: "SUMMARY.md".into(), text: text.into() };
        let found: Vec<String> =
            check(&summary, &["a.md".into(), "c.md".into()]).iter().map(ToString::to_string).collect();
        let expected = [
            "book/src/SUMMARY.md:4: no page `gone.md`",
            "book/src/SUMMARY.md:5: `a.md` is listed twice",
            "book/src/c.md:1: SUMMARY.md does not list this page",
        ];
        assert_eq!(found, expected);
    }
}
