//! Golden bytes as the fixtures hold them: hex pairs, a message a line, `#` to the end of a line is a comment.

use crate::fault::Fault;

/// The messages of such a file.
pub fn golden(file: &str) -> Result<Vec<Vec<u8>>, Fault> {
    let lines = file.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.filter(|line| !line.trim().is_empty()).map(bytes).collect()
}

fn bytes(line: &str) -> Result<Vec<u8>, Fault> {
    let pairs = line.split_whitespace().map(|pair| u8::from_str_radix(pair, 16));
    pairs.collect::<Result<_, _>>().map_err(|_| Fault::infra(format!("golden bytes hold {line:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message_and_comments_are_none() {
        assert_eq!(
            golden("# two\n\n00 ff # the first\n6869\n").unwrap_err().to_string(),
            "golden bytes hold \"6869\""
        );
        assert_eq!(golden("# two\n\n00 ff # the first\n68 69\n").unwrap(), [[0, 255], [0x68, 0x69]]);
    }
}
