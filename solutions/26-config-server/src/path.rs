//! The names of values.

use std::fmt;

/// The longest path, in bytes.
pub const MAX_PATH: usize = 128;

/// A good path: whoever has one need not look at its letters again. Paths are ordered as their bytes are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(String);

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// More than [`MAX_PATH`] bytes.
    #[error("a path has at most {MAX_PATH} bytes")]
    TooLong,
    /// Nothing at all, or nothing before, between or behind dots.
    #[error("a name in a path is empty")]
    EmptyName,
    /// A letter that no name may have.
    #[error("{0:?} is not for paths")]
    BadLetter(char),
}

/// The path that is written like this: one or more names with a dot between them, each of one or more of `a-z`, `0-9`,
/// `_` and `-`.
///
/// # Errors
///
/// [`PathError`] says what is wrong with the text.
pub fn parse_path(text: &str) -> Result<Path, PathError> {
    // begin solution: look at the length, at each name, and at each of its letters
    if text.len() > MAX_PATH {
        return Err(PathError::TooLong);
    }
    for name in text.split('.') {
        if name.is_empty() {
            return Err(PathError::EmptyName);
        }
        if let Some(letter) = name.chars().find(|&letter| !is_for_names(letter)) {
            return Err(PathError::BadLetter(letter));
        }
    }
    Ok(Path(text.to_owned()))
    // end solution
}

// begin solution item: a helper of your own
fn is_for_names(letter: char) -> bool {
    matches!(letter, 'a'..='z' | '0'..='9' | '_' | '-')
}
// end solution item

impl Path {
    /// Whether this is `other`, or below it: `if` and `if.eth0` are within `if`, and `iface` is not.
    pub fn is_within(&self, other: &Path) -> bool {
        // begin solution: what is left when `other` is taken from the front must be nothing, or begin with a dot
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        // end solution
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
