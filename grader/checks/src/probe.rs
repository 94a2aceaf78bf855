//! The lab's given probe binary: inputs in, answers out, judged here and not inside the student's process.

use crate::fault::Fault;
use crate::program::Program;

/// A running `<lab>-probe`. It reads one command a line and answers one line each, `ok …` or `err …`.
#[derive(Debug)]
pub struct Probe {
    program: Program,
    asked: usize,
}

impl Probe {
    pub(crate) fn new(program: Program) -> Probe {
        Probe { program, asked: 0 }
    }

    /// Asks one question and returns the answer line: `ok 00000002…`.
    pub fn ask(&mut self, command: &str) -> Result<String, Fault> {
        self.program.write_stdin(format!("{command}\n").as_bytes())?;
        self.asked += 1;
        let deadline = crate::deadline::Deadline::after(crate::deadline::PATIENCE * 2);
        loop {
            if let Some(answer) = nth_line(&self.program.stdout(), self.asked - 1) {
                self.program.recorder().received(cut(&answer));
                return Ok(answer);
            }
            if self.program.output_ended() {
                let end = self.program.wait()?;
                return Err(Fault::expected(format!("an answer to `{}`", cut(command)))
                    .got(format!("the probe's end: {}", crate::words::end(end))));
            }
            if deadline.expired() {
                return Err(Fault::expected(format!("an answer to `{}`", cut(command)))
                    .but_waited(format!("nothing in {:?}", deadline.limit())));
            }
            self.program.wait_for_output(deadline);
        }
    }

    /// Asks one question and expects exactly this answer.
    pub fn expect(&mut self, command: &str, answer: &str) -> Result<(), Fault> {
        let got = self.ask(command)?;
        if got == answer {
            return Ok(());
        }
        Err(Fault::expected(format!("`{}` to give `{}`", cut(command), cut(answer)))
            .got_bytes(answer.as_bytes(), got.as_bytes()))
    }

    /// The program behind it.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }
}

/// Bytes as a probe takes and gives them: hex, and `-` for none.
pub fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn nth_line(output: &[u8], n: usize) -> Option<String> {
    let whole = output.iter().rposition(|&byte| byte == b'\n')? + 1;
    String::from_utf8_lossy(&output[..whole]).lines().nth(n).map(str::to_owned)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= 200 {
        return text.to_owned();
    }
    format!("{}… ({} characters)", text.chars().take(160).collect::<String>(), text.chars().count())
}
