//! A lab's chapter has the shape of every lab's chapter, so that a student finds their way in each.

use super::Source;
use crate::course::Course;
use crate::problem::Problem;

/// What the headings of the second level start with, in this order; other headings may stand between them.
const SECTIONS: [&str; 14] = [
    "By the end you can",
    "Picture",
    "Predict",
    "Explore",
    "The contract",
    "Build it",
    "What could go wrong",
    "Checkpoint",
    "Break it",
    "Quiz",
    "Reflect",
    "Sources on trial",
    "Stretch",
    "Further reading",
];

/// Questions in a lab's quiz.
const QUESTIONS: usize = 5;

pub(super) fn check(course: &Course, sources: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for lab in &course.labs {
        let path = format!("{}.md", lab.folder());
        match sources.iter().find(|source| source.path == path) {
            None => problems.push(Problem::new(
                "book/src/SUMMARY.md",
                1,
                format!("lab {} has no chapter {path}", lab.name),
            )),
            Some(source) if !source.text.contains(&format!("{{{{#checks {}}}}}", lab.name)) => {
                problems
                    .push(source.problem(1, format!("no table of checks: `{{{{#checks {}}}}}`", lab.name)));
            }
            Some(source) if source.text.lines().next() != Some(&format!("# {}", lab.title)) => {
                problems.push(source.problem(1, format!("the lab is called `{}` elsewhere", lab.title)));
            }
            Some(_) => {}
        }
    }
    problems.extend(sources.iter().filter(|source| is_lab(&source.path)).flat_map(shape));
    problems
}

/// Labs' chapters are called by number: `03-tcp-echo.md`.
fn is_lab(path: &str) -> bool {
    path.len() > 3 && path[..2].bytes().all(|byte| byte.is_ascii_digit()) && path[2..].starts_with('-')
}

fn shape(source: &Source) -> Vec<Problem> {
    let headings: Vec<(usize, &str)> = source
        .text
        .lines()
        .enumerate()
        .filter_map(|(at, line)| line.strip_prefix("## ").map(|title| (at + 1, title)))
        .collect();
    let mut problems = Vec::new();
    let mut last = 0;
    for section in SECTIONS {
        match headings.iter().find(|(_, title)| title.starts_with(section)) {
            None => problems.push(source.problem(1, format!("no section `## {section}`"))),
            Some(&(line, _)) if line < last => {
                problems.push(source.problem(line, format!("section `{section}` stands too early")));
            }
            Some(&(line, _)) => last = line,
        }
    }
    for fence in ["predict", "quiz"] {
        if !source.text.lines().any(|line| line.trim_start_matches('`') == fence && line.starts_with("```")) {
            problems.push(source.problem(1, format!("no `{fence}` block")));
        }
    }
    let questions = questions_of_quiz(&source.text);
    if questions != 0 && questions != QUESTIONS {
        let line = source.line_of("```quiz");
        problems.push(source.problem(line, format!("the quiz has {questions} questions, not {QUESTIONS}")));
    }
    problems
}

fn questions_of_quiz(text: &str) -> usize {
    let quiz = text.lines().skip_while(|line| !line.starts_with("```quiz")).skip(1);
    quiz.take_while(|line| !line.starts_with("```")).filter(|line| line.trim() == "[[question]]").count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::sample;

    fn chapter(questions: usize) -> String {
        let mut text = String::from("# A blocking echo server\n{{#checks tcp-echo}}\n");
        for section in SECTIONS {
            text += &format!("## {section}: more\n");
            match section {
                "Predict" => text += "```predict\n```\n",
                "Quiz" => text += &format!("```quiz\n{}```\n", "[[question]]\n".repeat(questions)),
                _ => {}
            }
        }
        text
    }

    fn problems(text: String) -> Vec<String> {
        let sources = [
            Source { path: "03-tcp-echo.md".into(), text },
            Source { path: "about.md".into(), text: String::new() },
        ];
        check(&sample::course(), &sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_whole_chapter_is_accepted() {
        assert!(problems(chapter(5)).is_empty());
    }

    #[test]
    fn a_missing_section_is_named() {
        let found = problems(chapter(5).replace("## Checkpoint", "### Checkpoint"));
        assert_eq!(found, ["book/src/03-tcp-echo.md:1: no section `## Checkpoint`"]);
    }

    #[test]
    fn a_section_out_of_order_is_named() {
        let text = chapter(5).replace("## Picture: more\n", "") + "## Picture\n";
        assert!(problems(text).iter().any(|problem| problem.ends_with("section `Predict` stands too early")));
    }

    #[test]
    fn a_quiz_has_five_questions() {
        assert!(problems(chapter(4))[0].ends_with("the quiz has 4 questions, not 5"));
    }

    #[test]
    fn a_lab_without_its_table_title_or_chapter_is_named() {
        let found = problems(chapter(5).replace("{{#checks tcp-echo}}", ""));
        assert_eq!(found, ["book/src/03-tcp-echo.md:1: no table of checks: `{{#checks tcp-echo}}`"]);
        let found = problems(chapter(5).replace("# A blocking", "# Another"));
        assert_eq!(
            found,
            ["book/src/03-tcp-echo.md:1: the lab is called `A blocking echo server` elsewhere"]
        );
        let none = check(&sample::course(), &[]);
        assert_eq!(none[0].what, "lab tcp-echo has no chapter 03-tcp-echo.md");
    }
}
