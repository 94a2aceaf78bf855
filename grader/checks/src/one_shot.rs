//! Commands that run to their end by themselves, judged with `assert_cmd` and `predicates`.

use std::process::Output;

use assert_cmd::assert::{Assert, IntoOutputPredicate, OutputAssertExt};
use predicates::Predicate;

use crate::fault::Fault;
use crate::words::{end, shown};

/// A command that has ended: its exit code, its stdout and stderr.
#[derive(Debug)]
pub struct Ended {
    assert: Assert,
}

impl Ended {
    pub(crate) fn new(output: Output) -> Ended {
        Ended { assert: output.assert() }
    }

    /// Expects this exit code.
    pub fn code(self, code: i32) -> Result<Ended, Fault> {
        let told = self.told(|output| end(output.status));
        let assert =
            self.assert.try_code(code).map_err(|_| Fault::expected(format!("exit code {code}")).got(told))?;
        Ok(Ended { assert })
    }

    /// Expects something of stdout: a text, or a predicate.
    pub fn stdout<I, P>(self, predicate: I) -> Result<Ended, Fault>
    where
        I: IntoOutputPredicate<P>,
        P: Predicate<[u8]>,
    {
        let predicate = predicate.into_output();
        let expected = format!("stdout to be right: {predicate}");
        let told = self.told(|output| format!("stdout {}", shown(&output.stdout)));
        let assert = self.assert.try_stdout(predicate).map_err(|_| Fault::expected(expected).got(told))?;
        Ok(Ended { assert })
    }

    /// Expects exactly this text on stdout; the report marks the first byte that differs.
    pub fn stdout_is(self, text: &str) -> Result<Ended, Fault> {
        let got = self.assert.get_output().stdout.clone();
        self.stdout(predicates::ord::eq(text.as_bytes()))
            .map_err(|_| Fault::expected("exactly this on stdout").got_bytes(text.as_bytes(), &got))
    }

    /// Expects this text somewhere on stdout.
    pub fn stdout_contains(self, text: &str) -> Result<Ended, Fault> {
        let got = shown(&self.assert.get_output().stdout);
        self.stdout(predicates::str::contains(text))
            .map_err(|_| Fault::expected(format!("{text:?} somewhere on stdout")).got(got))
    }

    /// Expects something of stderr: a text, or a predicate.
    pub fn stderr<I, P>(self, predicate: I) -> Result<Ended, Fault>
    where
        I: IntoOutputPredicate<P>,
        P: Predicate<[u8]>,
    {
        let predicate = predicate.into_output();
        let expected = format!("stderr to be right: {predicate}");
        let told = format!("stderr {}", shown(&self.assert.get_output().stderr));
        let assert = self.assert.try_stderr(predicate).map_err(|_| Fault::expected(expected).got(told))?;
        Ok(Ended { assert })
    }

    /// What it wrote to stdout, lossily decoded.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.assert.get_output().stdout).into_owned()
    }

    /// What it wrote to stderr, lossily decoded.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.assert.get_output().stderr).into_owned()
    }

    /// What it did, with its words on stderr: they often say why.
    fn told(&self, what: impl Fn(&Output) -> String) -> String {
        let output = self.assert.get_output();
        match output.stderr.as_slice() {
            [] => what(output),
            stderr => format!("{}, with stderr {}", what(output), shown(stderr)),
        }
    }
}
