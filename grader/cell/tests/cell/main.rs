//! One program in three parts: supervisor (the tests, or `--supervise PART TOKEN`), runner (`--scene NAME`) and student's program (`--act NAME`).
#![expect(clippy::unwrap_used, reason = "a test")]

mod acts;
mod confine_trials;
mod limit_scenes;
mod root_scenes;
mod scenes;
mod survivors;
mod trials;
mod wire_scenes;

fn main() {
    cell::take_over_if_launched();
    let args: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    match words[..] {
        ["--act", name, ref rest @ ..] => acts::play(name, rest),
        ["--scene", name, ref rest @ ..] => scenes::play(name, rest),
        ["--supervise", part, token] => trials::supervise_for_long(part, token),
        _ => trials::run(),
    }
}
