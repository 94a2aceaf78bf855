//! Lets the grader call the library, one command a line:
//!
//! | command | answer |
//! |---|---|
//! | `dissect FRAME` | `SOURCE DESTINATION SEQ PAYLOAD MISSING`, with `SYN` behind it if it is one; or `none` |
//! | `stream`, `stream FIRST` | nothing; begins a new stream, whose first byte has that sequence number |
//! | `push SEQ DATA` | the bytes of the stream that are next |
//! | `next DATA` | `METHOD TARGET HOST REST`, with `-` for no host; `more`; or `not http` |
//!
//! The first stream begins with the first byte that comes.

use std::io;
use std::str::FromStr;

use http_sniff::flow::Reassembler;
use http_sniff::http;
use http_sniff::segment::dissect;
use labkit::probe;

fn main() -> io::Result<()> {
    // Made when it is asked for: the rest can be tried before there is one.
    let mut stream: Option<Reassembler> = None;
    probe::serve(|command, arguments| match (command, arguments) {
        ("dissect", [frame]) => Ok(match dissect(&probe::to_bytes(frame)?) {
            Some(segment) => format!(
                "{} {} {} {} {}{}",
                segment.flow.source,
                segment.flow.destination,
                segment.seq,
                probe::from_bytes(segment.payload),
                segment.missing,
                if segment.syn { " SYN" } else { "" }
            ),
            None => "none".to_owned(),
        }),
        ("stream", []) => {
            stream = Some(Reassembler::new());
            Ok(String::new())
        }
        ("stream", [first]) => {
            stream = Some(Reassembler::starting_at(argument(first)?));
            Ok(String::new())
        }
        ("push", [seq, data]) => {
            let stream = stream.get_or_insert_with(Reassembler::new);
            Ok(probe::from_bytes(&stream.push(argument(seq)?, &probe::to_bytes(data)?)))
        }
        ("next", [data]) => {
            let mut stream = probe::to_bytes(data)?;
            Ok(match http::next_request(&mut stream) {
                Ok(Some(request)) => {
                    let host = request.host.as_deref().unwrap_or("-");
                    let rest = probe::from_bytes(&stream);
                    format!("{} {} {host} {rest}", request.method, request.target)
                }
                Ok(None) => "more".to_owned(),
                Err(http::NotHttp) => "not http".to_owned(),
            })
        }
        _ => Err(format!("unknown command: {command} with {} arguments", arguments.len())),
    })
}

fn argument<T: FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("not understood: {word}"))
}
