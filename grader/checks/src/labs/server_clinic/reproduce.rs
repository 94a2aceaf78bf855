//! Whether a student's script reproduces the fault that it is meant for.
//!
//! The script is played against the given `buggy-server`, and the grader looks for the symptom of *this* fault, by
//! itself: what the script says about it proves nothing. Then the same against the student's `fixed-server`, where every
//! line of the script must come true and no symptom be left. `buggy-server` is the course's own: its files hold no
//! marker, so a submission's version of them is never built, and it is linked with nothing of the student's.

use std::cell::Cell;
use std::time::Duration;

use wire::peer::{Action, Role, Script, Step};

use super::understand_stats;
use crate::{ASKER, Bench, Deadline, Fault, PATIENCE, Played, Server, ensure, play_as_far_as_it_goes};

/// The server that is to be diagnosed.
const PATIENT: &str = "buggy-server";

/// `--idle-timeout` for [`Case::Idle`].
const IDLE: Duration = Duration::from_millis(500);

/// One of the eight faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// B1: clients that have left are still counted.
    List,
    /// B2: bytes that are no text end the process.
    Text,
    /// B3: more requests are kept than there is room for.
    Queue,
    /// B4: connections that clients have closed stay.
    Cleanup,
    /// B5: a silent client is never closed.
    Idle,
    /// B6: the process ends when there are too many clients.
    Limit,
    /// B7: the numbers in METRICS are wrong.
    Metrics,
    /// B8: at SIGINT a begun line is lost.
    Shutdown,
}

impl Case {
    /// As in `diagnosis.toml`.
    fn name(self) -> &'static str {
        match self {
            Case::List => "B1",
            Case::Text => "B2",
            Case::Queue => "B3",
            Case::Cleanup => "B4",
            Case::Idle => "B5",
            Case::Limit => "B6",
            Case::Metrics => "B7",
            Case::Shutdown => "B8",
        }
    }

    /// How both servers are started.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Case::Idle => &["--idle-timeout", "0.5"],
            Case::Limit => &["--max-clients", "3"],
            Case::Metrics => &["--metrics-interval", "0.1"],
            _ => &[],
        }
    }

    /// What is looked for when the script is over.
    fn symptom(self) -> &'static str {
        match self {
            Case::List => "STATS to count more clients than are connected",
            Case::Text => "the process to end over a line",
            Case::Queue => "STATS to count more requests in the queue than there is room for",
            Case::Cleanup => "descriptors to be left when all clients have closed",
            Case::Idle => {
                "a client to be connected still that has been silent for 1.5 s, three times the limit"
            }
            Case::Limit => "the process to end when it has no descriptor for a client",
            Case::Metrics => "METRICS to be wrong when all clients have left",
            Case::Shutdown => "a line that had begun before a signal to get no answer",
        }
    }

    /// The words of the patient's panic, where it is to die of one.
    fn last_words(self) -> &'static str {
        if self == Case::Text { "Utf8Error" } else { "Too many open files" }
    }
}

/// Judges the student's reproduction of a fault.
pub fn reproduces(bench: &mut Bench, case: Case) -> Result<(), Fault> {
    let script = bench.run("server-clinic-probe", [case.name()])?.code(0)?.stdout_text();
    let script = Script::parse(&script).map_err(|error| {
        Fault::expected(format!("`reproduce` of [{}] to be a script", case.name())).got(error.to_string())
    })?;

    let nothing = Script { role: Role::Connect, steps: Vec::new() };
    bench.remark("no script at all:");
    let mut alone = Trial::play(bench, PATIENT, case, &nothing)?;
    if let Some(seen) = alone.symptom()? {
        return Err(Fault::infra(format!("the probe of {} sees it without any script: {seen}", case.name())));
    }
    drop(alone);

    bench.remark(format!("your script of {}:", case.name()));
    let mut patient = Trial::play(bench, PATIENT, case, &script)?;
    let seen = patient.symptom()?.ok_or_else(|| {
        let stopped = patient.played.fault.as_ref();
        let how_far = stopped.map_or("the script was played to its end".to_owned(), |fault| {
            format!("the script stopped where it expected {}", fault.expected)
        });
        Fault::expected(format!("{} {}", PATIENT, to_show(case)))
            .got(format!("nothing of the kind; {how_far}"))
    })?;
    bench.remark(format!("there it is: {seen}"));
    drop(patient);

    bench.remark("the same script:");
    let mut mended = Trial::play(bench, "fixed-server", case, &script)?;
    if let Some(fault) = mended.played.fault.take() {
        return Err(fault);
    }
    let mut seen = None;
    Deadline::after(PATIENCE).try_poll(|| {
        seen = mended.symptom()?;
        Ok::<_, Fault>(seen.is_none().then_some(()))
    })?;
    match seen {
        None => Ok(()),
        Some(seen) => Err(Fault::expected(format!("fixed-server not {}", to_show(case))).got(seen)),
    }
}

fn to_show(case: Case) -> String {
    format!("to show the symptom of {} ({})", case.name(), case.symptom())
}

/// A script that was played against a server.
struct Trial<'a> {
    case: Case,
    script: &'a Script,
    server: Server,
    is_patient: bool,
    played: Played,
    /// Open descriptors before the script.
    descriptors: usize,
}

impl<'a> Trial<'a> {
    fn play(bench: &mut Bench, program: &str, case: Case, script: &'a Script) -> Result<Trial<'a>, Fault> {
        let mut server = bench.serve(program, [&["--port", "0"], case.flags()].concat())?;
        let is_patient = program == PATIENT;
        if is_patient {
            server.program().excuse();
        }
        server.wait_until_asleep()?;
        let descriptors = server.facts().descriptors()?;
        let mut played = play_as_far_as_it_goes(script, &server)?;
        match case {
            // Nobody is connected any more, but for who asked STATS: what is counted still is too much.
            Case::List => played.connections.retain(|letter, _| *letter == ASKER),
            Case::Metrics => played.connections.clear(),
            Case::Cleanup => played.connections.values_mut().try_for_each(crate::Connection::fin)?,
            _ => {}
        }
        Ok(Trial { case, script, server, is_patient, played, descriptors })
    }

    /// What of the fault can be seen now, in words. A server that is gone shows what it died of, and nothing else.
    fn symptom(&mut self) -> Result<Option<String>, Fault> {
        self.server.wait_until_asleep()?;
        let is_gone = self.server.program().status().is_some();
        match self.case {
            Case::Text | Case::Limit => self.death(),
            Case::Shutdown => self.lost_line(),
            _ if is_gone => Ok(None),
            Case::List => {
                let line = self.played.stats(&self.server)?;
                let active = understand_stats(&line)?.active;
                // The one that asks is connected.
                Ok((active > 1).then(|| format!("active={active}, and nobody but the asker is connected")))
            }
            Case::Queue => {
                let queue = understand_stats(&self.played.stats(&self.server)?)?.queue;
                Ok((queue.0 > queue.1).then(|| format!("queue={}/{}", queue.0, queue.1)))
            }
            Case::Cleanup => {
                let now = self.server.facts().descriptors()?;
                let before = self.descriptors;
                Ok((now > before).then(|| format!("{now} open descriptors, and {before} before the script")))
            }
            Case::Idle => self.silent_client(),
            Case::Metrics => self.wrong_metrics(),
        }
    }

    fn death(&mut self) -> Result<Option<String>, Fault> {
        let program = self.server.program();
        if program.status().is_none() {
            return Ok(None);
        }
        program.wait()?;
        let words = String::from_utf8_lossy(&program.stderr()).into_owned();
        let is_this = !self.is_patient || words.contains(self.case.last_words());
        Ok(is_this
            .then(|| format!("the process is gone; it last said {:?}", words.lines().last().unwrap_or(""))))
    }

    fn silent_client(&mut self) -> Result<Option<String>, Fault> {
        for (letter, connection) in &mut self.played.connections {
            let has_closed = |step: &Step| step.connection == *letter && step.action == Action::Fin;
            let silent = self.played.last_sent[letter].elapsed();
            let is_over = *letter == ASKER || silent < IDLE * 3 || self.script.steps.iter().any(has_closed);
            if !is_over && connection.wait_for_end(Duration::ZERO)?.is_none() {
                return Ok(Some(format!(
                    "client {letter} has been silent for {:.1} s, and is connected",
                    silent.as_secs_f64()
                )));
            }
        }
        Ok(None)
    }

    fn wrong_metrics(&mut self) -> Result<Option<String>, Fault> {
        let program = self.server.program();
        let is_one = |line: &str| line.contains("METRICS ");
        let so_far = String::from_utf8_lossy(&program.stderr()).lines().filter(|line| is_one(line)).count();
        // The next one may have been on its way: the one after it is about now.
        let seen = Cell::new(0);
        let line = program.wait_for_stderr("METRICS at every interval", |line| {
            seen.set(seen.get() + usize::from(is_one(line)));
            (seen.get() == so_far + 2).then(|| line.to_owned())
        })?;
        let has_sent = self.script.steps[..self.played.done]
            .iter()
            .any(|step| matches!(&step.action, Action::Send { bytes, .. } if !bytes.is_empty()));
        let is_wrong = !line.contains(" active=0 ") || (has_sent && line.contains(" bytes_in=0 "));
        let metrics = line.split_once("METRICS ").map_or("", |(_, numbers)| numbers);
        Ok(is_wrong.then(|| format!("{metrics}, and all clients have left")))
    }

    fn lost_line(&mut self) -> Result<Option<String>, Fault> {
        let steps = &self.script.steps;
        let is_signal = |step: &Step| matches!(step.action, Action::Signal(_));
        let done = &steps[..self.played.done];
        let Some(signal) = done.iter().position(is_signal) else { return Ok(None) };
        for (letter, connection) in &mut self.played.connections {
            let of_it = |step: &&Step| step.connection == *letter;
            let last = done[..signal].iter().filter(of_it).rev().find_map(|step| match &step.action {
                Action::Send { bytes, .. } => bytes.last(),
                _ => None,
            });
            let had_begun = last.is_some_and(|&byte| byte != b'\n');
            let is_answer = |step: &Step| matches!(step.action, Action::Expect(_) | Action::ExpectLine(_));
            let was_answered = done[signal..].iter().filter(of_it).any(is_answer);
            if !had_begun || was_answered {
                continue;
            }
            let end = connection.wait_for_end(PATIENCE)?;
            if end.is_some() && !connection.arrived().contains(&b'\n') {
                return Ok(Some(format!(
                    "client {letter} had begun a line, and got no answer before the end"
                )));
            }
        }
        Ok(None)
    }
}

/// The script of a fault, as the student has it.
pub(super) fn script_of(bench: &mut Bench, fault: &str) -> Result<String, Fault> {
    let script = bench.run("server-clinic-probe", [fault])?.code(0)?.stdout_text();
    ensure(!script.trim().is_empty(), || {
        Fault::expected(format!("a script in [{fault}] of diagnosis.toml")).got("nothing")
    })?;
    Ok(script)
}
