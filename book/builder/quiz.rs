//! Questions in the page: quizzes, which a little JavaScript scores, and predictions. Without JavaScript
//! the answers are folded away under each question, and nothing is lost.

use serde::Deserialize;
use std::fmt::Write;

use crate::html;

/// Why a block of questions can't be used.
pub(crate) struct Fault {
    /// Line within the block, from 1.
    pub(crate) line: usize,
    /// In one sentence.
    pub(crate) what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quiz {
    question: Vec<toml::Spanned<Question>>,
}

/// A question with choices, or (without) one to be answered in a few characters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    ask: String,
    #[serde(default)]
    choices: Vec<String>,
    /// The number of the right choice from 1, or the accepted answers, the first of which is shown.
    answer: Answer,
    why: String,
    /// A transcript that must contain the shown answer.
    seen_in: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Choice(usize),
    Text(String),
    AnyOf(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Predictions {
    question: Vec<Prediction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prediction {
    ask: String,
    answer: String,
}

/// A quiz as one HTML block. `recorded` gives the text of a transcript that a question refers to.
pub(crate) fn quiz(
    page: &str,
    source: &str,
    recorded: impl Fn(&str) -> Result<String, String>,
) -> Result<String, Fault> {
    let quiz: Quiz = parse(source)?;
    let mut form = format!("<form class=\"quiz\" data-page=\"{page}\">\n");
    for (at, spanned) in quiz.question.iter().enumerate() {
        let fault = |what| Fault { line: line_of(source, spanned.span().start), what };
        let question = spanned.get_ref();
        let shown = question.shown().map_err(fault)?;
        if let Some(transcript) = &question.seen_in
            && !recorded(transcript).map_err(fault)?.contains(shown)
        {
            return Err(fault(format!("the answer `{shown}` is not in transcript `{transcript}`")));
        }
        form.push_str(&question.html(&format!("{page}-q{}", at + 1), at + 1, shown));
    }
    form.push_str("<p class=\"score\" role=\"status\"></p>\n</form>\n");
    Ok(form)
}

/// Predictions as one HTML block: each answer unfolds under its question.
pub(crate) fn predictions(source: &str) -> Result<String, Fault> {
    let predictions: Predictions = parse(source)?;
    let mut block = String::from("<div class=\"predict\">\n");
    for Prediction { ask, answer } in &predictions.question {
        let _ = writeln!(
            block,
            "<details><summary>{}</summary>\n{}\n</details>",
            html::inline(ask),
            html::block(answer)
        );
    }
    block.push_str("</div>\n");
    Ok(block)
}

fn parse<'a, T: Deserialize<'a>>(source: &'a str) -> Result<T, Fault> {
    toml::from_str(source).map_err(|error| Fault {
        line: error.span().map_or(1, |span| line_of(source, span.start)),
        what: format!("malformed questions: {}", error.message().lines().collect::<Vec<_>>().join(" ")),
    })
}

fn line_of(source: &str, offset: usize) -> usize {
    source[..offset].matches('\n').count() + 1
}

impl Question {
    /// The right answer as it is shown, if the question is well formed.
    fn shown(&self) -> Result<&str, String> {
        if self.why.trim().is_empty() {
            return Err("the answer has no explanation (`why`)".to_owned());
        }
        match (&self.answer, self.choices.len()) {
            (Answer::Choice(_), 0 | 1) => Err("a numbered answer needs at least two `choices`".to_owned()),
            (Answer::Choice(number), count) => {
                match number.checked_sub(1).and_then(|at| self.choices.get(at)) {
                    Some(choice) => Ok(choice),
                    None => Err(format!("`answer = {number}` is not one of the {count} choices")),
                }
            }
            (_, 1..) => Err("with `choices`, `answer` is the number of the right one".to_owned()),
            (Answer::Text(text), 0) => Ok(text),
            (Answer::AnyOf(texts), 0) => {
                texts.first().map(String::as_str).ok_or_else(|| "`answer` is an empty list".to_owned())
            }
        }
    }

    fn html(&self, id: &str, number: usize, shown: &str) -> String {
        let mut field = format!(
            "<div class=\"question\" id=\"{id}\"{}><fieldset>\n<legend><span>{number}</span> {}</legend>\n",
            self.accepted(),
            html::inline(&self.ask)
        );
        for (at, choice) in self.choices.iter().enumerate() {
            let _ = writeln!(
                field,
                "<label><input type=\"radio\" name=\"{id}\" value=\"{}\"> <span>{}</span></label>",
                at + 1,
                html::inline(choice)
            );
        }
        if self.choices.is_empty() {
            let _ = writeln!(
                field,
                "<label>Your answer: <input type=\"text\" name=\"{id}\" autocomplete=\"off\" spellcheck=\"false\"></label>"
            );
        }
        let _ = writeln!(
            field,
            "<p class=\"verdict\" role=\"status\"></p>\n\
             <details><summary>Answer</summary><p><strong>{}</strong></p>\n{}\n</details>\n</fieldset></div>",
            html::inline(shown),
            html::block(&self.why)
        );
        field
    }

    /// What the script compares with: the number of the choice, or the accepted texts, one a line.
    fn accepted(&self) -> String {
        let texts = match &self.answer {
            Answer::Choice(number) => number.to_string(),
            Answer::Text(text) => html::escape(text),
            Answer::AnyOf(texts) => html::preformatted(&texts.join("\n")),
        };
        format!(" data-answer=\"{texts}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faulty(source: &str) -> (usize, String) {
        match quiz("p", source, |_| Ok("$ date\n".to_owned())) {
            Ok(html) => panic!("accepted: {html}"),
            Err(fault) => (fault.line, fault.what),
        }
    }

    #[test]
    fn a_choice_becomes_radio_buttons_with_a_folded_answer() {
        let source = "[[question]]\nask='`2`?'\nchoices=['one','two']\nanswer=2\nwhy='Because.'";
        let Ok(html) = quiz("03", source, |_| Ok(String::new())) else { panic!("refused") };
        assert!(html.contains("<div class=\"question\" id=\"03-q1\" data-answer=\"2\"><fieldset>"), "{html}");
        assert!(
            html.contains("<input type=\"radio\" name=\"03-q1\" value=\"2\"> <span>two</span>"),
            "{html}"
        );
        assert!(html.contains("<details><summary>Answer</summary><p><strong>two</strong></p>"), "{html}");
        assert!(!html.contains("\n\n"), "{html}");
    }

    #[test]
    fn a_short_answer_accepts_each_spelling() {
        let source = "[[question]]\nask='?'\nanswer=['4','four']\nwhy='Because.'";
        let Ok(html) = quiz("03", source, |_| Ok(String::new())) else { panic!("refused") };
        assert!(html.contains("data-answer=\"4&#10;four\""), "{html}");
    }

    #[test]
    fn an_answer_outside_the_choices_is_refused() {
        let (line, what) = faulty("\n[[question]]\nask='?'\nchoices=['a','b']\nanswer=3\nwhy='x'");
        assert_eq!((line, what.as_str()), (2, "`answer = 3` is not one of the 2 choices"));
    }

    #[test]
    fn an_answer_without_explanation_is_refused() {
        assert!(faulty("[[question]]\nask='?'\nanswer='a'\nwhy=' '").1.contains("no explanation"));
        assert!(faulty("[[question]]\nask='?'\nanswer='a'").1.contains("missing field `why`"));
    }

    #[test]
    fn a_misspelt_key_is_refused_at_its_line() {
        let (line, what) = faulty("[[question]]\nask='?'\nanswr='a'\nwhy='x'");
        assert_eq!(line, 3, "{what}");
    }

    #[test]
    fn an_answer_that_speaks_of_output_must_be_in_it() {
        let with = |answer: &str| format!("[[question]]\nask='?'\nanswer='{answer}'\nwhy='x'\nseen_in='t'");
        assert!(quiz("p", &with("date"), |_| Ok("$ date\n".to_owned())).is_ok());
        assert_eq!(faulty(&with("time")).1, "the answer `time` is not in transcript `t`");
    }

    #[test]
    fn predictions_fold_their_answers() {
        let Ok(html) = predictions("[[question]]\nask='Who?'\nanswer='The *kernel*.'") else {
            panic!("refused")
        };
        assert!(html.contains("<details><summary>Who?</summary>\n<p>The <em>kernel</em>.</p>\n</details>"));
    }
}
