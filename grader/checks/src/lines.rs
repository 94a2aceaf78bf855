//! Lines that must be exactly these.

use crate::fault::Fault;

/// Expects these lines and no other, in this order; a fault is about the first line that differs.
pub fn expect_lines<S: AsRef<str>>(what: &str, expected: &[S], got: &[String]) -> Result<(), Fault> {
    let at = expected.iter().zip(got).take_while(|(wanted, line)| wanted.as_ref() == *line).count();
    match (expected.get(at).map(AsRef::as_ref), got.get(at)) {
        (None, None) => Ok(()),
        (None, Some(line)) => {
            let wanted = if at == 0 { "none".to_owned() } else { format!("no more than {at}") };
            Err(Fault::expected(format!("{what}: {wanted}")).got(format!("also `{line}`")))
        }
        (Some(wanted), line) => {
            let fault = Fault::expected(format!("{what}, line {}: `{wanted}`", at + 1));
            Err(match line {
                Some(line) => fault.got_bytes(wanted.as_bytes(), line.as_bytes()),
                None => fault.got("no such line"),
            })
        }
    }
}
