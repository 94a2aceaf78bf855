//! The one kind of error that is the caller's: exit code 2. Every other error is the grader's trouble: exit code 3.

/// A mistake in what the grader was asked to do, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(String);

impl Usage {
    /// What is wrong and what would be right.
    pub fn new(message: impl Into<String>) -> Usage {
        Usage(message.into())
    }

    /// `no lab "tcp-ecoh"; did you mean tcp-echo? (there are: …)`.
    pub fn unknown<'a>(kind: &str, given: &str, known: impl IntoIterator<Item = &'a str>) -> Usage {
        let known: Vec<&str> = known.into_iter().collect();
        let nearest = known
            .iter()
            .map(|name| (strsim::jaro_winkler(given, name), *name))
            .filter(|(likeness, _)| *likeness > 0.7)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let guess = nearest.map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"));
        Usage(format!("no {kind} {given:?}{guess} (there are: {})", known.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        let known = ["tcp-echo", "framing", "syn-scan"];
        let message = Usage::unknown("lab", "tcp-ecoh", known).to_string();
        assert_eq!(
            message,
            r#"no lab "tcp-ecoh"; did you mean tcp-echo? (there are: tcp-echo, framing, syn-scan)"#
        );
        let message = Usage::unknown("lab", "zzz", known).to_string();
        assert_eq!(message, r#"no lab "zzz" (there are: tcp-echo, framing, syn-scan)"#);
    }
}
