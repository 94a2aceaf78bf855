//! What grading costs beside what it can't do without: the build, and the longest check or all checks' CPU time.
//!
//! Dependencies are built, the labs' sources are touched before each round; rounds alternate, so that the machine's
//! moods hit both alike. `cargo bench -p grader --bench grade`.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use grader::cargo::Toolchain;
use grader::course::Course;
use grader::grade::{Options, grade};
use grader::isolation::Isolation;
use grader::progress::Progress;
use grader::report::look::Look;
use grader::report::model::Report;
use grader::{catalog, run};

const ROUNDS: usize = 5;
/// The limit.
const MOST: f64 = 1.5;

fn main() -> Result<()> {
    checks::take_over_if_asked(&[checks::labs::ALL, hidden::labs::ALL]);
    let course =
        Course::at(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("grader/ lies in the course")?)?;
    let toolchain = Toolchain::find(&course.root)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    grade_solutions(&course, &toolchain)?; // everything is built and cached
    let mut ratios = Vec::new();
    println!("   build   longest check   checks' CPU/{cores}   floor   grading   ratio");
    for _ in 0..ROUNDS {
        touch_sources(&course)?;
        let began = Instant::now();
        bare_build(&course)?;
        let build = began.elapsed();

        touch_sources(&course)?;
        let began = Instant::now();
        let report = grade_solutions(&course, &toolchain)?;
        let grading = began.elapsed();

        let checks = || report.labs.iter().flat_map(|lab| &lab.checks);
        let longest = checks().map(|check| check.seconds).fold(0.0, f64::max);
        let cpu = checks().map(|check| check.cpu_seconds).sum::<f64>() / cores as f64;
        let floor = build.as_secs_f64() + longest.max(cpu);
        let ratio = grading.as_secs_f64() / floor;
        println!(
            "{:>6.2} s {longest:>13.2} s {cpu:>14.2} s {floor:>5.2} s {:>7.2} s {ratio:>7.2}",
            build.as_secs_f64(),
            grading.as_secs_f64()
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2} (at most {MOST})", ratios[ROUNDS / 2]);
    Ok(())
}

fn grade_solutions(course: &Course, toolchain: &Toolchain) -> Result<Report> {
    let options = Options {
        labs: catalog::select(&[])?,
        public_only: false,
        jobs: run::default_jobs(),
        seed: None,
        isolation: Isolation::default(),
        look: Look::plain(),
    };
    let report = grade(course, toolchain, &course.root.join("solutions"), &options, &Progress::silent())?;
    ensure!(report.score == report.max, "the reference has {} of {}", report.score, report.max);
    Ok(report)
}

/// Gives the sources in the generated workspace new times: cargo builds them again.
fn touch_sources(course: &Course) -> Result<()> {
    let now = SystemTime::now() - Duration::from_millis(1);
    for lab in &course.labs {
        let source = course.scratch().join("workspace").join(lab.folder()).join("src/lib.rs");
        let file = File::options().append(true).open(&source);
        file.and_then(|file| file.set_modified(now)).with_context(|| source.display().to_string())?;
    }
    Ok(())
}

/// What a person would type.
fn bare_build(course: &Course) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the build to compare with, without the grader's wrapper")]
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--offline", "--bins", "--manifest-path"]);
    cargo.arg(course.scratch().join("workspace/Cargo.toml"));
    cargo.arg("--target-dir").arg(course.scratch().join("target"));
    ensure!(cargo.status()?.success(), "the bare build failed");
    Ok(())
}
