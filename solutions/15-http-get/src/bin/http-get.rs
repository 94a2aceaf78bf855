//! `http-get`: the command line of [`http_get`].

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use http_get::{HttpError, Options, Target, Timed};
use labkit::cli::Seconds;
use labkit::{Failure, failure};

/// Asks a web server for one page, and prints it.
#[derive(Parser)]
struct Cli {
    /// What to ask for: http://HOST[:PORT][/PATH], or HOST alone
    #[arg(value_name = "URL | HOST", default_value = "localhost", value_parser = http_get::parse_url)]
    target: Target,
    /// Port of the server, whatever the URL says
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Print the response's head before its body
    #[arg(short, long)]
    include: bool,
    /// Show the lines of the request and of the response's head on standard error
    #[arg(short, long)]
    verbose: bool,
    /// Print everything that comes, as it comes
    #[arg(long)]
    raw: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How long all of it may take
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    timeout: Seconds,
    /// Longest body taken
    #[arg(long, value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    max_body: u64,
    /// Print nothing and fail if the status is 400 or more
    #[arg(long)]
    fail: bool,
}

fn main() -> ExitCode {
    failure::report(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let deadline = Instant::now() + cli.timeout.0;
    let mut target = cli.target.clone();
    target.port = cli.port.unwrap_or(target.port);
    let failed = |error: HttpError| Failure::new(error.exit_code(), format_args!("{target}: {error}"));

    let stream = http_get::connect(&target.host, target.port, deadline).map_err(failed)?;
    let options = Options {
        include: cli.include,
        verbose: cli.verbose,
        raw: cli.raw,
        fail: cli.fail,
        max_body: cli.max_body,
    };
    match &cli.output {
        Some(path) => {
            let file = File::create(path).map_err(|error| {
                Failure::new(labkit::exit::FAILURE, format_args!("cannot create {}: {error}", path.display()))
            })?;
            print(stream, &target, &options, file)
        }
        None => print(stream, &target, &options, io::stdout()),
    }
    .map_err(failed)
}

/// What came before a failure is seen too, and before the failure is told.
fn print(mut stream: Timed, target: &Target, options: &Options, out: impl Write) -> Result<(), HttpError> {
    let mut out = BufWriter::new(out);
    let fetched = http_get::fetch(&mut stream, target, options, &mut out, &mut io::stderr());
    let flushed = out.flush().map_err(HttpError::Print);
    fetched.and(flushed)
}
