//! Lab 19, hidden half, its instrument: net-bench.

use std::time::Duration;

use checks::labs::async_echo::net_bench::{Figures, measure};
use checks::{Answer, Asked, Bench, Fault, Manners, ensure};

pub(super) fn net_bench_checks_every_reply(bench: &mut Bench) -> Result<(), Fault> {
    let word = bench.random_word(20);
    let flipped = bench.random().usize(..26);
    let canned = format!("ECHO: {word}\n");
    let ways: Vec<(&str, Manners)> = vec![
        (
            "one byte of a reply is another",
            answering(move |asked| {
                let mut reply = asked.echo();
                // Also the prefix and the last byte before the newline.
                let at = flipped.min(reply.len() - 2);
                reply[at] ^= 1;
                reply
            }),
        ),
        ("every reply is the same", answering(move |_| canned.clone().into_bytes())),
        ("a reply without its prefix", answering(|asked| asked.line.to_vec())),
        ("two replies to one line", answering(|asked| asked.echo().repeat(2))),
        ("silence", Manners::default().answers(|_| Answer::Never)),
        ("half of a reply", answering(|asked| asked.echo()[..10].to_vec())),
        ("no reply, but the end", Manners::default().answers(|_| Answer::End)),
    ];
    for (way, manners) in ways {
        bench.remark(way);
        let peer = bench.echo_peer(manners)?;
        let figures = measure(bench, &peer, &["4", "3", "--timeout", "0.5"])?;
        let visits = peer.visits()?;
        figures.expect_counts(&[("requests", 12), ("ok", 0), ("failed", 12), ("rejected", 0)])?;
        let lines: usize = visits.lines.values().sum();
        ensure(lines == 4, || {
            Fault::expected("one line on each of 4 connections, since the first failure closes it")
                .got(format!("{lines} lines"))
        })?;
    }

    // Right twice, and wrong then: what was right stays so, and what was never sent has failed.
    let peer = bench
        .echo_peer(answering(|asked| if asked.number < 2 { asked.echo() } else { b"ECHO: \n".into() }))?;
    let figures = measure(bench, &peer, &["4", "10"])?;
    figures.expect_counts(&[("requests", 40), ("ok", 8), ("failed", 32), ("rejected", 0)]).map(drop)
}

fn answering(reply: impl Fn(&Asked<'_>) -> Vec<u8> + Send + 'static) -> Manners {
    Manners::default().answers(move |asked| Answer::Now(reply(asked)))
}

pub(super) fn net_bench_tells_typical_from_slow(bench: &mut Bench) -> Result<(), Fault> {
    const FAST: Duration = Duration::from_millis(10);
    const SLOW: Duration = Duration::from_secs(2);
    // Of 100 replies, 20 are slow, then 5: the 95th of them in order of length is a slow one, then a fast one.
    for (slow, p95) in [(20, SLOW), (5, FAST)] {
        let peer = bench.echo_peer(Manners::default().answers(move |asked| {
            // Neither the first nor the last of its connection.
            let time = if asked.number == 1 && asked.connection < slow { SLOW } else { FAST };
            Answer::Later(time, asked.echo())
        }))?;
        let figures = measure(bench, &peer, &["20", "5"])?;
        let figures = figures.expect_counts(&[("requests", 100), ("ok", 100), ("failed", 0)])?;
        figures.expect_sense()?;
        expect_about(&figures, "p50_ms", FAST)?;
        expect_about(&figures, "p95_ms", p95)?;
    }
    Ok(())
}

/// At least this, and not much more.
fn expect_about(figures: &Figures, key: &str, time: Duration) -> Result<(), Fault> {
    // Far from the mean, which is 408 ms in the first run.
    const BUSY: f64 = 250.0;
    let got = figures.number(key)?;
    let low = time.as_secs_f64() * 1000.0;
    ensure((low..=low + BUSY).contains(&got), || {
        Fault::expected(format!("{key} from {low} to {}", low + BUSY)).got(got.to_string())
    })
}
