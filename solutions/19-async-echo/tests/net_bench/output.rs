//! What it prints, and how it ends.

use std::collections::BTreeSet;

use crate::servers::{echoed, net_bench, serve_lines};

#[test]
fn json_has_the_keys_of_the_contract() {
    let address = format!("127.0.0.1:{}", serve_lines(echoed));
    let output = net_bench(&[&address, "3", "5", "--json"]);
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let contract = [
        "connections",
        "endings",
        "failed",
        "max_ms",
        "ok",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "rejected",
        "requests",
        "rps",
        "seconds",
    ];
    assert_eq!(keys, BTreeSet::from(contract));
    assert!(json["endings"].as_object().unwrap().is_empty());

    let output = net_bench(&[&address, "3", "5", "--json", "--rate", "1000"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["rate"].as_f64(), Some(1000.0));
    assert!(json["from_sending"]["p99_ms"].as_f64().unwrap() <= json["p99_ms"].as_f64().unwrap() + 0.001);
}

#[test]
fn without_a_right_reply_there_is_no_percentile() {
    let address = format!("127.0.0.1:{}", serve_lines(|_| b"no\n".to_vec()));
    let output = net_bench(&[&address, "2", "5", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["p50_ms"].is_null() && json["max_ms"].is_null());
    assert_eq!(json["endings"]["wrong reply"].as_u64(), Some(2));
    let text = String::from_utf8(net_bench(&[&address, "2", "5"]).stdout).unwrap();
    assert!(text.contains("failed       10  ended: 2 × wrong reply\n"), "{text}");
}

#[test]
fn wrong_usage_is_exit_code_2_and_an_unknown_name_3() {
    for args in [
        &["127.0.0.1:1", "1"][..],
        &["127.0.0.1", "1", "1"],
        &["127.0.0.1:1", "0", "1"],
        &["127.0.0.1:1", "1", "-1"],
        &["127.0.0.1:1", "1", "1", "--payload", "0"],
        &["127.0.0.1:1", "1", "1", "--rate", "0"],
        &["127.0.0.1:1", "1", "1", "--http", "/a b"],
        &["127.0.0.1:1", "1", "1", "--http", "/a\r\nX: y"],
        &["127.0.0.1:1", "127.0.0.1:1", "1", "1"],
        &["--compare", "127.0.0.1:1", "1", "1"],
        &["--compare", "127.0.0.1:1", "127.0.0.1:1", "1", "1", "--plot", "x.svg"],
    ] {
        assert_eq!(net_bench(args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(net_bench(&["a..b:1", "1", "1"]).status.code(), Some(3));
}
