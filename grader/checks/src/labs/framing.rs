//! Lab 13: length-prefixed messages.

use wire::bytes::escape;

use crate::{Bench, Check, Connection, Fault, Lab, Server, check, ensure, golden};

/// The public half of the contract.
pub static LAB: Lab = Lab {
    name: "framing",
    number: 13,
    title: "Length-prefixed messages",
    signatures: include_str!("../../signatures/framing.toml"),
    checks: CHECKS,
};

/// Golden bytes: a frame a line, in hex.
const GOLDEN: &str = include_str!("../../../../fixtures/hex/frames.hex");

const CHECKS: &[Check] = &[
    check("encodes-the-length-in-network-order", 10, encodes_the_length_in_network_order)
        .stage(1)
        .says("`hi` is framed as `00000002 6869`: the payload's length in bytes, most significant byte first")
        .reads("Build it, stage 1: the codec")
        .hints([
            "Write down the four bytes that stand for the length 2, in the order in which they are sent. And how long is `é`?",
            "A number of several bytes needs an agreed order; network byte order begins with the most significant. The length counts bytes, not characters, and not itself. Book: \"The contract\".",
            "frame = (payload.len() as u32).to_be_bytes() + payload",
        ]),
    check("keeps-frames-cut-anywhere", 12, keeps_frames_cut_anywhere)
        .stage(1)
        .says("fifty frames come out of the decoder the same, wherever their stream was cut")
        .reads("Build it, stage 1: the codec")
        .hints([
            "What does your decoder hold when a piece ends in the middle of a header? And when it ends one byte into the next frame?",
            "All that was pushed and not returned yet must stay in the decoder, to the byte. Book: \"Build it, stage 1: the codec\".",
            "next: if pending < 4 { None } else if pending < 4 + length { None } else { take 4 + length bytes, leave the rest }",
        ]),
    check("echoes-small-and-large-frames", 12, echoes_small_and_large_frames)
        .stage(2)
        .says("frames of 0, 1, 65,536 and 1,048,576 random bytes come back as they were")
        .reads("Build it, stage 2: the server")
        .hints([
            "How many reads does it take until a mebibyte has arrived? Is an empty frame the end of anything?",
            "`read` returns what is there, at most as much as fits: only the decoder knows when a frame is whole. The longest frame allowed is allowed. Book: \"Build it, stage 2: the server\".",
            "loop { if let Some(payload) = decoder.next()? { return payload }; n = read(&mut piece)?; decoder.push(&piece[..n]) }",
        ]),
    check("answers-every-frame-of-one-segment", 8, answers_every_frame_of_one_segment)
        .stage(2)
        .says("three frames that arrive in one segment get three replies")
        .reads("Build it, stage 2: the server")
        .hints([
            "One read may return more than one frame. Where do the bytes after the first one go?",
            "The decoder lives as long as the connection, and is asked for a frame before the socket is. Book: \"What could go wrong\".",
            "decoder = new(); while let Some(payload) = read_frame(stream, &mut decoder)? { write_frame(stream, payload)? }",
        ]),
    check("joins-a-frame-sent-byte-by-byte", 12, joins_a_frame_sent_byte_by_byte)
        .stage(2)
        .says("a frame whose header and payload arrive one byte a read gets one reply, and none before its last byte")
        .reads("Build it, stage 2: the server")
        .hints([
            "`read` into four bytes: what does it return when only one of them has arrived?",
            "Nothing in TCP keeps the header in one piece. Book: \"What could go wrong\".",
            "n = read(&mut piece)?; decoder.push(&piece[..n]); the header is whole when the decoder says so",
        ]),
    check("prints-each-reply-as-it-comes", 6, prints_each_reply_as_it_comes)
        .stage(3)
        .says("the client prints every reply on a line of its own as soon as it has it, and ends with exit code 0")
        .reads("Build it, stage 3: the client")
        .hints([
            "When your first reply has come and the second has not, what is on the screen?",
            "stdout to a pipe is not flushed at a newline unless the program does so. Count the replies: as many as messages. Book: \"Build it, stage 3: the client\".",
            "for message in messages { write_frame(message); reply = read_frame(); out.write(reply + b\"\\n\"); out.flush() }",
        ]),
];

/// Starts the server on a free port.
pub fn frame_server(bench: &mut Bench, args: &[&str]) -> Result<Server, Fault> {
    bench.serve("frame-echo-server", [&["--port", "0"], args].concat())
}

/// A payload as it goes over the wire.
pub fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a check's payload is shorter than 4 GiB");
    [&length.to_be_bytes()[..], payload].concat()
}

/// Sends something that nobody can have guessed, and expects it back.
pub fn expect_echo(bench: &mut Bench, client: &mut Connection) -> Result<(), Fault> {
    let frame = frame(bench.random_word(8).as_bytes());
    client.send(&frame)?;
    client.expect_bytes(&frame)
}

fn encodes_the_length_in_network_order(bench: &mut Bench) -> Result<(), Fault> {
    let mut frames = golden(GOLDEN)?;
    // A length whose bytes all differ can't come out right by accident.
    frames.push(frame(&bench.random_bytes(0x0102)));
    let mut probe = bench.probe()?;
    for frame in frames {
        probe.expect(&format!("encode {}", word(&frame[4..])), &format!("ok {}", word(&frame)))?;
    }
    Ok(())
}

fn keeps_frames_cut_anywhere(bench: &mut Bench) -> Result<(), Fault> {
    let mut probe = bench.probe()?;
    let payloads: Vec<Vec<u8>> = (0..50)
        .map(|_| {
            // Short ones are the rule, so that a piece may hold several; a long one is cut several times.
            let longest = if bench.random().u8(..8) == 0 { 300 } else { 12 };
            let length = bench.random().usize(..=longest);
            bench.random_bytes(length)
        })
        .collect();
    let length: usize = payloads.iter().map(|payload| 4 + payload.len()).sum();
    for longest_piece in [length, 1, 5, 40] {
        let pieces = cut(bench, &payloads, longest_piece);
        bench.remark(format!("50 frames, {length} bytes, in {} pieces", pieces.len()));
        let words: Vec<String> = pieces.iter().map(|piece| word(piece)).collect();
        let answer = probe.ask(&format!("decode 1048576 {}", words.join(" ")))?;
        judge_frames(&payloads, &pieces, &answer)?;
    }
    Ok(())
}

/// The frames of these payloads as one stream, in pieces of random lengths.
fn cut(bench: &mut Bench, payloads: &[Vec<u8>], longest_piece: usize) -> Vec<Vec<u8>> {
    let stream: Vec<u8> = payloads.iter().flat_map(|payload| frame(payload)).collect();
    let mut rest = &stream[..];
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let length = bench.random().usize(1..=longest_piece.min(rest.len()));
        let (piece, left) = rest.split_at(length);
        pieces.push(piece.to_vec());
        rest = left;
    }
    pieces
}

/// Whether the probe's answer, `ok FRAME… / FRAME… /`, has after each piece the frames that it completed.
fn judge_frames(payloads: &[Vec<u8>], pieces: &[Vec<u8>], answer: &str) -> Result<(), Fault> {
    let Some(words) = answer.strip_prefix("ok") else {
        return Err(Fault::expected("every frame, since none is too large").got(escape(answer.as_bytes())));
    };
    let mut words = words.split_whitespace();
    let mut complete = payloads.iter().scan(0, |end, payload| {
        *end += 4 + payload.len();
        Some((*end, word(payload)))
    });
    let mut next = complete.next();
    let (mut pushed, mut number) = (0, 0);
    for piece in pieces {
        pushed += piece.len();
        let mut got = words.by_ref().take_while(|word| *word != "/");
        let there = format!("once {pushed} bytes of the stream are there");
        while let Some((_, payload)) = next.take_if(|(end, _)| *end <= pushed) {
            number += 1;
            let got = got.next();
            ensure(got == Some(&payload), || {
                Fault::expected(format!("frame {number} of {}, {}, {there}", payloads.len(), short(&payload)))
                    .got(got.map_or_else(|| "no more frame".to_owned(), short))
            })?;
            next = complete.next();
        }
        if let Some(early) = got.next() {
            return Err(Fault::expected(format!("no frame {} {there}", number + 1)).got(short(early)));
        }
    }
    Ok(())
}

/// As much of a word as a message has room for.
fn short(word: &str) -> String {
    match word.char_indices().nth(40) {
        None => word.to_owned(),
        Some((at, _)) => format!("{}… ({} bytes)", &word[..at], word.len() / 2),
    }
}

/// Bytes as an argument or an answer of the probe.
fn word(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn echoes_small_and_large_frames(bench: &mut Bench) -> Result<(), Fault> {
    let server = frame_server(bench, &[])?;
    let mut client = server.connect()?;
    for length in [0, 1, 65_536, 1 << 20] {
        let frame = frame(&bench.random_bytes(length));
        client.send(&frame)?;
        client.expect_bytes(&frame)?;
    }
    client.fin()?;
    client.expect_eof()
}

fn answers_every_frame_of_one_segment(bench: &mut Bench) -> Result<(), Fault> {
    let server = frame_server(bench, &[])?;
    let mut client = server.connect()?;
    let words = [bench.random_word(8), String::new(), bench.random_word(300)];
    let frames: Vec<u8> = words.iter().flat_map(|word| frame(word.as_bytes())).collect();
    client.send(&frames)?;
    client.expect_bytes(&frames)?;
    expect_echo(bench, &mut client)
}

fn joins_a_frame_sent_byte_by_byte(bench: &mut Bench) -> Result<(), Fault> {
    let server = frame_server(bench, &[])?;
    let mut client = server.connect()?;
    let frame = frame(bench.random_word(6).as_bytes());
    let (last, first) = frame.split_last().expect("a frame has a header");
    for byte in first {
        client.send_and_wait_until_read(&[*byte])?;
        client.expect_silence()?;
    }
    client.send(&[*last])?;
    client.expect_bytes(&frame)?;
    expect_echo(bench, &mut client)
}

fn prints_each_reply_as_it_comes(bench: &mut Bench) -> Result<(), Fault> {
    let listener = bench.listen()?;
    let messages = [bench.random_word(8), format!("chào {}", bench.random_word(8)), bench.random_word(8)];
    let replies = messages.clone().map(|message| format!("re: {message}"));
    let mut args = vec![listener.address().to_string()];
    args.extend(messages.clone());
    let mut program = bench.start("frame-echo-client", args)?;
    let mut server = listener.accept(program.pid())?;
    for (message, reply) in messages.iter().zip(&replies) {
        server.expect_bytes(&frame(message.as_bytes()))?;
        server.send(&frame(reply.as_bytes()))?;
        program.wait_for_stdout(&format!("the reply {reply:?}"), |line| (line == reply).then_some(()))?;
    }
    server.expect_eof()?;
    program.expect_exit(0)?;
    let (wanted, printed) = (replies.map(|reply| reply + "\n").concat(), program.stdout());
    ensure(printed == wanted.as_bytes(), || {
        Fault::expected("the three replies and nothing else on stdout").got_bytes(wanted.as_bytes(), &printed)
    })
}
