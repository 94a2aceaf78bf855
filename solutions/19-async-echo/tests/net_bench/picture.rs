//! The plot.

use async_echo::bench::plot;

use crate::servers::{MS, echoed, made_up, net_bench, serve_lines};

#[test]
fn the_plot_is_svg_with_its_title_axes_and_curves() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plot.svg");
    let address = format!("127.0.0.1:{}", serve_lines(echoed));
    for (more, curves) in [(&[][..], 1), (&["--rate", "500"][..], 2)] {
        let args = [&[&*address, "4", "75", "--plot", file.to_str().unwrap()], more].concat();
        assert_eq!(net_bench(&args).status.code(), Some(0));
        let text = std::fs::read_to_string(&file).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "svg");
        let words: Vec<&str> = document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        let title = format!("{address}: 4 connections, 75 requests each");
        for expected in [&*title, "percentile", "90 %", "99 %", "ms", "seconds", "since it was sent"] {
            assert!(words.iter().any(|word| word.starts_with(expected)), "{expected:?} in {words:?}");
        }
        assert_eq!(words.contains(&"since it was due"), curves == 2);
        // The curves have hundreds of points, axes and legends a few.
        let long = document
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "polyline")))
            .filter(|node| {
                node.attribute("points").is_some_and(|points| points.split_whitespace().count() > 100)
            })
            .count();
        assert_eq!(long, curves);
    }
}

#[test]
fn a_report_without_replies_can_be_drawn() {
    let svg = plot::svg(&made_up(0, MS), "a < b & c").unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(document.descendants().any(|node| node.text().is_some_and(|text| text.trim() == "a < b & c")));
}
