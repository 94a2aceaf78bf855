//! Loss without chance: a script decides each datagram's fate.

use std::time::Duration;

use crate::schedule::Schedule;

/// What the script does to one datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// `D`: it is lost.
    Drop,
    /// `P`: it passes.
    Pass,
    /// `2`: it arrives twice.
    Duplicate,
    /// `H(ms)`: it is held back for this time.
    Hold(Duration),
    /// `R`: it changes places with the next one, and waits until that comes.
    Reorder,
}

/// What became of a datagram, and what leaves now in consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The script's word on this datagram.
    pub fate: Fate,
    /// The datagrams to send at once, in this order.
    pub out: Vec<Vec<u8>>,
}

/// The decisions of a lossy proxy, for one direction.
///
/// The script has one letter a datagram, see [`Fate`]. `*` at its end repeats the letter before it for ever;
/// without it, all later datagrams pass. Blanks don't count.
#[derive(Debug, Clone)]
pub struct Lossy {
    fates: Vec<Fate>,
    after: Fate,
    taken: usize,
    swapping: Option<Vec<u8>>,
    held: Schedule<Vec<u8>>,
}

/// What is wrong with a lossy script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lossy script {script:?}, column {column}: {says}")]
pub struct LossyError {
    /// The whole script.
    pub script: String,
    /// In characters, counted from 1.
    pub column: usize,
    /// What was found and what was expected.
    pub says: String,
}

impl Lossy {
    /// Reads a script such as `DDP`.
    ///
    /// # Errors
    /// The first character that is not of the language, with its column.
    pub fn parse(script: &str) -> Result<Lossy, LossyError> {
        let error = |at: usize, says: String| LossyError { script: script.to_owned(), column: at + 1, says };
        let mut fates = Vec::new();
        let mut after = Fate::Pass;
        let mut letters = script.chars().enumerate().peekable();
        while let Some((at, letter)) = letters.next() {
            fates.push(match letter {
                letter if letter.is_whitespace() => continue,
                'D' => Fate::Drop,
                'P' => Fate::Pass,
                '2' => Fate::Duplicate,
                'R' => Fate::Reorder,
                'H' => {
                    let argument: String = letters
                        .by_ref()
                        .map(|(_, letter)| letter)
                        .take_while(|letter| *letter != ')')
                        .collect();
                    let milliseconds = argument.strip_prefix('(').and_then(|digits| digits.parse().ok());
                    Fate::Hold(Duration::from_millis(milliseconds.ok_or_else(|| {
                        error(at, "`H` wants its milliseconds in parentheses, as in `H(200)`".to_owned())
                    })?))
                }
                '*' => {
                    after = *fates.last().ok_or_else(|| {
                        error(at, "`*` repeats the letter before it, and there is none".to_owned())
                    })?;
                    match letters.find(|(_, letter)| !letter.is_whitespace()) {
                        Some((at, _)) => {
                            return Err(error(
                                at,
                                "nothing can follow `*`, which repeats for ever".to_owned(),
                            ));
                        }
                        None => break,
                    }
                }
                other => {
                    return Err(error(at, format!("`{other}` is none of D, P, 2, H(ms), R and *")));
                }
            });
        }
        Ok(Lossy { fates, after, taken: 0, swapping: None, held: Schedule::default() })
    }

    /// Takes the next datagram. Times are since the check's start.
    pub fn pass(&mut self, now: Duration, datagram: Vec<u8>) -> Outcome {
        let fate = self.fates.get(self.taken).copied().unwrap_or(self.after);
        self.taken += 1;
        let first_of_swap = self.swapping.take();
        let mut out = Vec::new();
        match fate {
            Fate::Drop => {}
            Fate::Duplicate => out.extend([datagram.clone(), datagram]),
            Fate::Hold(time) => self.held.at(now + time, datagram),
            Fate::Reorder if first_of_swap.is_none() => self.swapping = Some(datagram),
            Fate::Pass | Fate::Reorder => out.push(datagram),
        }
        out.extend(first_of_swap);
        Outcome { fate, out }
    }

    /// The held datagrams whose time has come, in the order to send them.
    pub fn due(&mut self, now: Duration) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.held.pop_due(now)).collect()
    }

    /// When the next held datagram is due.
    pub fn next_due(&self) -> Option<Duration> {
        self.held.next_due()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrives, and when it left the proxy, if datagram n (counted from 1) comes at n milliseconds.
    fn arrivals(script: &str, datagrams: u8) -> Vec<(u8, u64)> {
        let mut lossy = Lossy::parse(script).unwrap();
        let mut arrived = Vec::new();
        for number in 1..=datagrams {
            let now = Duration::from_millis(number.into());
            arrived.extend(lossy.pass(now, vec![number]).out.iter().map(|d| (d[0], u64::from(number))));
        }
        while let Some(due) = lossy.next_due() {
            arrived.extend(lossy.due(due).iter().map(|d| (d[0], due.as_millis() as u64)));
        }
        arrived
    }

    fn order(script: &str, datagrams: u8) -> Vec<u8> {
        arrivals(script, datagrams).iter().map(|(number, _)| *number).collect()
    }

    #[test]
    fn drops_the_first_two_and_passes_the_rest() {
        assert_eq!(order("DDP", 5), [3, 4, 5]);
        assert_eq!(order("DD", 4), [3, 4], "after the script everything passes");
        assert_eq!(order("", 2), [1, 2]);
    }

    #[test]
    fn star_repeats_the_last_letter_for_ever() {
        assert_eq!(order("PD*", 50), [1]);
        assert_eq!(order("D P * ", 4), [2, 3, 4]);
        assert_eq!(order("2*", 3), [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn swaps_with_the_next_one() {
        assert_eq!(order("RPP", 3), [2, 1, 3]);
        assert_eq!(order("R*", 4), [2, 1, 4, 3]);
        assert_eq!(order("RD", 3), [1, 3], "a lost partner still lets the first one go");
        assert_eq!(order("R2", 2), [2, 2, 1]);
        assert_eq!(order("R", 1), [0u8; 0], "without a next one it stays");
    }

    #[test]
    fn holds_for_a_time() {
        assert_eq!(arrivals("H(200)P", 2), [(2, 2), (1, 201)]);
        assert_eq!(arrivals("H(5)H(1)", 2), [(2, 3), (1, 6)]);
    }

    #[test]
    fn nothing_held_is_due_early() {
        let mut lossy = Lossy::parse("H(10)").unwrap();
        lossy.pass(Duration::ZERO, vec![1]);
        assert!(lossy.due(Duration::from_millis(9)).is_empty());
        assert_eq!(lossy.due(Duration::from_millis(10)), [[1]]);
        assert_eq!(lossy.next_due(), None);
    }

    #[test]
    fn errors_name_the_column() {
        let error = |script: &str| Lossy::parse(script).unwrap_err().to_string();
        assert_eq!(error("DDX"), "lossy script \"DDX\", column 3: `X` is none of D, P, 2, H(ms), R and *");
        assert!(error("H").contains("column 1: `H` wants its milliseconds"));
        assert!(error("PH(x)").contains("column 2: `H` wants its milliseconds"));
        assert!(error("*").contains("column 1: `*` repeats the letter before it"));
        assert!(error("D*P").contains("column 3: nothing can follow `*`"));
    }
}
