//! What the class handed in, what of it is known, and what is left to do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;

use super::discover::{self, Source};
use super::key::{Keys, LabKeys, Work};
use super::source;
use super::work::{Batch, Task};
use super::{Options, Watch, tools};
use crate::cargo::Toolchain;
use crate::catalog::Contract;
use crate::course::Course;
use crate::gradebook::{Change, Grade, Gradebook, Person, Reading, Score, Seen, SeenLab, millis};
use crate::judge::not_judged;
use crate::profile::profile;
use crate::report::model::LabVerdict;
use crate::roster;
use crate::submission::{Reader, Refusal, Submission};
use crate::text;
use crate::usage::Usage;

/// The part of the class that is graded now.
pub(super) struct Class<'a> {
    pub(super) reader: Reader<'a>,
    /// In the order of their ids.
    pub(super) students: Vec<Member>,
    /// Files in the folder that are nobody's submission, with the reason.
    pub(super) passed_over: Vec<String>,
    /// Whether there is a roster at all.
    pub(super) has_roster: bool,
}

/// One member of the class.
pub(super) struct Member {
    pub(super) person: Person,
    /// `None` = nothing was handed in.
    source: Option<Source>,
    /// The roster's word, in milliseconds since 1970.
    submitted_at: Option<i64>,
    pub(super) is_in_roster: bool,
}

/// Who is in the class, by the roster and by what was handed in.
///
/// # Errors
/// [`Usage`] where the folder is none of submissions, or nobody has a name that was asked for.
pub(super) fn members<'a>(
    course: &'a Course,
    folder: &Path,
    roster: &[roster::Row],
    options: &Options,
) -> Result<Class<'a>> {
    let found = discover::discover(course, folder)?;
    let mut students: BTreeMap<String, Member> = roster
        .iter()
        .map(|row| {
            let person = Person { id: row.id.clone(), name: row.name.clone(), email: row.email.clone() };
            let submitted_at = row.submitted_at.map(Timestamp::as_millisecond);
            (row.id.clone(), Member { person, source: None, submitted_at, is_in_roster: true })
        })
        .collect();
    for (id, source) in found.students {
        let person = Person { id: id.clone(), ..Person::default() };
        let new = Member { person, source: None, submitted_at: None, is_in_roster: false };
        students.entry(id).or_insert(new).source = Some(source);
    }
    if students.is_empty() {
        let shown = folder.display();
        return Err(
            Usage::new(format!("{shown}: no submission (a folder or archive for each student)")).into()
        );
    }
    for name in &options.students {
        if !students.contains_key(name) {
            return Err(Usage::unknown("student", name, students.keys().map(String::as_str).take(30)).into());
        }
    }
    let is_wanted = |id: &String| {
        (options.students.is_empty() || options.students.contains(id))
            && options.shard.is_none_or(|shard| shard.holds(id))
    };
    let students = students.into_iter().filter(|(id, _)| is_wanted(id)).map(|(_, member)| member).collect();
    Ok(Class {
        reader: Reader::new(course)?,
        students,
        passed_over: found.passed_over,
        has_roster: !roster.is_empty(),
    })
}

/// Who waits for a task.
pub(super) struct Waiting {
    pub(super) student: String,
    pub(super) submission: i64,
}

/// What there is to do.
pub(super) struct Survey {
    /// The run's number in the gradebook.
    pub(super) run: i64,
    /// Each key once.
    pub(super) tasks: Vec<Task>,
    /// The tasks by the submission that they are taken from.
    pub(super) batches: VecDeque<Batch>,
    /// By task.
    pub(super) waiting: Vec<Vec<Waiting>>,
    /// Grades that stand and would be replaced by gradings that are known.
    pub(super) changes: Vec<Change>,
    /// Labs of students that need no work.
    pub(super) reused: usize,
    /// Students whose submission could not be read by the grader's own trouble, with the reason.
    pub(super) unread: Vec<(String, String)>,
    by_key: BTreeMap<String, usize>,
    /// Labs without work that this run entered.
    entered: BTreeMap<String, Score>,
}

impl Survey {
    /// Looks at every submission, and enters what is known of it.
    ///
    /// # Errors
    /// The gradebook can't be written, or the course's own files can't be read.
    pub(super) fn make(
        course: &Course,
        toolchain: &Toolchain,
        class: &Class,
        options: &Options,
        gradebook: &mut Gradebook,
        watch: &Watch,
    ) -> Result<Survey> {
        let profile = profile()?;
        let keys = Keys::new(course, &toolchain.version, &profile, options.public_only)?;
        let labs: Vec<(Contract, LabKeys)> = options
            .labs
            .iter()
            .map(|contract| Ok((*contract, keys.of_lab(contract)?)))
            .collect::<Result<_>>()?;
        // Some students of a part are not the part.
        let part = options.shard.filter(|_| options.students.is_empty());
        let run = gradebook.begin_run(&tools(course, toolchain)?, &profile, part)?;
        let people: Vec<Person> = class.students.iter().map(|member| member.person.clone()).collect();
        gradebook.enter_people(&people)?;
        if let Some(due) = &options.due {
            let names: Vec<&str> = options.labs.iter().map(Contract::name).collect();
            let grace = i64::try_from(due.grace.as_secs()).unwrap_or(i64::MAX);
            gradebook.enter_due(&names, due.at.as_millisecond(), grace)?;
        }
        let mut survey = Survey {
            run,
            tasks: Vec::new(),
            batches: VecDeque::new(),
            waiting: Vec::new(),
            changes: Vec::new(),
            reused: 0,
            unread: Vec::new(),
            by_key: BTreeMap::new(),
            entered: BTreeMap::new(),
        };
        for member in &class.students {
            watch.looking_at(&member.person.id);
            survey.look_at(course, class, member, &labs, options, gradebook)?;
        }
        Ok(survey)
    }

    fn look_at(
        &mut self,
        course: &Course,
        class: &Class,
        member: &Member,
        labs: &[(Contract, LabKeys)],
        options: &Options,
        gradebook: &mut Gradebook,
    ) -> Result<()> {
        let student = &member.person.id;
        let mut found = None;
        let mut submission_number = None;
        if let Some(source) = &member.source {
            let opened = source::open(course, &class.reader, source);
            let seen = seen(source, &opened, member.submitted_at);
            submission_number = Some(gradebook.enter_submission(student, &seen)?);
            match opened {
                // Neither is a grade, and neither takes one away.
                Err(error) => {
                    self.unread.push((student.clone(), format!("{error:#}")));
                    return Ok(());
                }
                Ok(Err(Refusal::Rejected(_))) => return Ok(()),
                Ok(read) => found = Some((source, read)),
            }
        }
        let (mut known, mut to_do) = (Vec::new(), Vec::new());
        for (contract, keys) in labs {
            let work = match &found {
                Some((_, Ok(submission))) => {
                    submission.labs.get(contract.name()).map_or(Work::Missing, Work::Sources)
                }
                Some((_, Err(_))) | None => Work::Missing,
            };
            let key = keys.of(work);
            let known_score = match self.entered.get(&key) {
                Some(score) => Some(score.clone()),
                None if options.fresh => None,
                None => gradebook.grading_of(&key)?,
            };
            let score = match (known_score, work) {
                (Some(score), _) => score,
                (None, Work::Sources(lab)) => {
                    let number = submission_number.expect("sources are of a submission");
                    let waiting = Waiting { student: student.clone(), submission: number };
                    to_do.extend(self.task(key, contract, &lab.sha256, waiting));
                    continue;
                }
                (None, Work::Missing) => {
                    let score = enter_missing(gradebook, self.run, &key, contract, options)?;
                    self.entered.insert(key, score.clone());
                    score
                }
            };
            let student = student.clone();
            known.push(Grade { student, lab: contract.name(), submission: submission_number, score });
        }
        self.reused += known.len();
        self.changes.extend(gradebook.enter_grades(&known)?);
        if let (Some((source, _)), false) = (found, to_do.is_empty()) {
            self.batches.push_back(Batch { source: source.clone(), tasks: to_do });
        }
        Ok(())
    }

    /// Has the student wait for the key; returns the task if it is new.
    fn task(&mut self, key: String, contract: &Contract, sha256: &str, waiting: Waiting) -> Option<usize> {
        if let Some(&task) = self.by_key.get(&key) {
            self.waiting[task].push(waiting);
            return None;
        }
        let task = self.tasks.len();
        self.by_key.insert(key.clone(), task);
        self.tasks.push(Task { key, contract: *contract, sha256: sha256.to_owned() });
        self.waiting.push(vec![waiting]);
        Some(task)
    }
}

/// What the gradebook remembers of a submission.
fn seen(source: &Source, found: &Result<Result<Submission, Refusal>>, submitted_at: Option<i64>) -> Seen {
    let path = source.path().display().to_string();
    let nothing = |reading| Seen {
        path: path.clone(),
        sha256: String::new(),
        reading,
        ignored: Vec::new(),
        submitted_at,
        labs: BTreeMap::new(),
    };
    match found {
        Ok(Ok(submission)) => Seen {
            sha256: submission.sha256.clone(),
            ignored: submission.ignored.iter().map(|path| text::plain(path)).collect(),
            labs: submission
                .labs
                .iter()
                .map(|(name, lab)| {
                    let modified_at = lab.modified.map(millis);
                    (name.clone(), SeenLab { sha256: lab.sha256.clone(), modified_at })
                })
                .collect(),
            ..nothing(Reading::Taken)
        },
        Ok(Err(Refusal::Rejected(reason))) => nothing(Reading::Rejected(text::plain(reason))),
        Ok(Err(Refusal::NoSubmission(reason))) => nothing(Reading::Empty(text::plain(reason))),
        Err(error) => nothing(Reading::Trouble(text::plain(&format!("{error:#}")))),
    }
}

/// A lab that there is nothing to build of.
fn enter_missing(
    gradebook: &mut Gradebook,
    run: i64,
    key: &str,
    contract: &Contract,
    options: &Options,
) -> Result<Score> {
    let got = format!("no folder {}", contract.public.folder());
    let entries = contract.checks(options.public_only);
    let report = not_judged(contract, &entries, LabVerdict::Missing, &got, &got);
    gradebook.enter_grading(run, key, &report, &[])
}

/// Names that only one of the two lists has, for the summary.
pub(super) fn strangers(class: &Class) -> (BTreeSet<String>, BTreeSet<String>) {
    let ids = |is_wanted: fn(&Member) -> bool| {
        let members = class.students.iter().filter(|member| is_wanted(member));
        members.map(|member| member.person.id.clone()).collect()
    };
    let not_in_roster = if class.has_roster { ids(|member| !member.is_in_roster) } else { BTreeSet::new() };
    (not_in_roster, ids(|member| member.source.is_none()))
}
