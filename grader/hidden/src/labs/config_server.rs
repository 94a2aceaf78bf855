//! Lab 26, hidden half: a configuration server.

mod commits;
mod durable;
mod watching;

use checks::{Check, Lab, check};

/// The hidden half of the contract.
pub static LAB: Lab =
    checks::labs::config_server::LAB.with(include_str!("../../signatures/config-server.toml"), CHECKS);

const CHECKS: &[Check] = &[
    check("never-overwrites-a-newer-change", 10, commits::never_overwrites_a_newer_change)
        .stage(6)
        .says("of two candidates that touch one path the second is refused with the path's name, as a whole, and kept; two that touch different paths are both committed")
        .reads("Two operators, one path")
        .hints([
            "Two operators start from version 4, and both commit. When is the second one a mistake, and when is it not?",
            "Remember for each path in which version it was changed last, also when it was deleted. The base is the version that was running when the first change was staged. Look at all paths before you change one. Book: \"Two operators, one path\".",
            "if let Some(path) = changes.keys().find(|path| changed[path] > base) { return Err(Conflict(path)) }; then apply all",
        ]),
    check("shows-all-of-a-commit-or-nothing", 6, commits::shows_all_of_a_commit_or_nothing)
        .stage(6)
        .says("while commits of 2,000 paths run, a `GET` of the first and the last of them never sees one new and one old value")
        .reads("Build it, stage 3: commit")
        .hints([
            "Your `GET` of two paths: how many times does it take the lock?",
            "Make the next configuration beside the present one, and put it in its place in one step. A reader takes one snapshot, and looks at nothing else. Book: \"Build it, stage 3: commit\".",
            "let mut next = Running::clone(&running); next.commit(…)?; *lock(&self.running) = Arc::new(next);   reader: let running = store.running();",
        ]),
    check("leaves-nothing-of-a-session-that-died", 4, commits::leaves_nothing_of_a_session_that_died)
        .stage(6)
        .says("a session that is reset in the middle of its candidate leaves no change, no conflict, and its place to the next")
        .reads("Two operators, one path")
        .hints([
            "Who cleans up after an operator whose machine lost its power?",
            "Nobody has to, if there is nothing outside of the session: the candidate lives in it, and no path is ever locked. Book: \"Two operators, one path\".",
            "struct Session { candidate: Changes, … } dropped with its thread; no reservation in the shared state",
        ]),
    check("replaces-the-file-before-ok", 3, durable::replaces_the_file_before_ok)
        .stage(6)
        .says("when `OK` comes, the file is another one with the new values, and whoever has the old one open still reads the old values")
        .reads("Build it, stage 4: the file")
        .hints([
            "What does somebody read who opens your file in the middle of your write?",
            "To truncate and write again leaves a moment without a configuration. A new file beside the old one, renamed over it, has none. Book: \"Build it, stage 4: the file\".",
            "write(name + \".new\"); sync_all(); rename(name + \".new\", name); sync the directory; then reply",
        ]),
    check("survives-a-kill-at-any-moment", 3, durable::survives_a_kill_at_any_moment)
        .stage(6)
        .says("in twenty rounds of `kill -9`, at once after an `OK` or in the middle of the next commit, what was promised is there, and nothing is half there")
        .reads("Build it, stage 4: the file")
        .hints([
            "Your server says `OK`, and is killed. What did it still have to do?",
            "Nothing may be left to do after `OK`: the reply comes last. And a commit without `OK` may be there or not, but whole. Book: \"Build it, stage 4: the file\".",
            "next.save(file)?;   // not in another thread, not later\n*running = next; reply(\"OK …\")",
        ]),
    check("says-that-the-store-failed", 2, durable::says_that_the_store_failed)
        .stage(6)
        .says("when the file can't be written, `COMMIT` is answered with `ERR 500`, nothing has changed, and the same `COMMIT` works later")
        .reads("Build it, stage 4: the file")
        .hints([
            "The disk is full. What does the operator read, and what does the next `GET` say?",
            "Save the *next* configuration before it is the running one. If that fails, forget it: the running one was never touched. Book: \"Build it, stage 4: the file\".",
            "next.save(file).map_err(Refusal::Store)?;   // the candidate is cleared only after all went well",
        ]),
    check("tells-watchers-of-their-own-paths", 6, watching::tells_watchers_of_their_own_paths)
        .stage(6)
        .says("`WATCH if` tells of `if` and what is below it, not of `iface`; each change once, in the order of versions, the own ones after `OK`")
        .reads("Build it, stage 6: watchers")
        .hints([
            "Is `iface` below `if`?",
            "A path is below another by whole names: what follows is nothing, or begins with a dot. And the order is decided in one place: who commits puts the events into the outboxes before anybody else can commit. Book: \"Build it, stage 6: watchers\".",
            "path.strip_prefix(watched).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))",
        ]),
    check("never-waits-for-a-watcher", 6, watching::never_waits_for_a_watcher)
        .stage(6)
        .says("a watcher that never reads keeps nobody from committing, costs little memory, and is cut off when it is more than 1 MiB behind")
        .reads("Build it, stage 6: watchers")
        .hints([
            "A watcher's machine was suspended. Where are the events that it does not read, and who waits for it?",
            "Only the watcher's own thread writes to it. Between the two is a queue with a limit; at the limit the watcher goes, because neither waiting nor leaving out an event is possible. Book: \"Build it, stage 6: watchers\".",
            "if queue.bytes + text.len() > MAX_BEHIND { queue.clear(); stream.shutdown(Both) } else { queue.push_back(text) }",
        ]),
];
