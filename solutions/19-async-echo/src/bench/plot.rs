//! A report as a picture: latency by percentile, and throughput over time.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::board::SPAN;
use super::latencies::Latencies;
use super::report::{Pace, Report};

const SIZE: (u32, u32) = (900, 760);
const FONT: &str = "sans-serif";

/// The picture as SVG; `title` stands above it.
///
/// The axis of percentiles is drawn in *nines*: 90, 99 and 99.9 % are equally far apart, because the slow tail is what
/// one wants to see.
///
/// # Errors
/// What the drawing library says.
pub fn svg(report: &Report, title: &str) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    {
        let page = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        page.fill(&WHITE)?;
        let (upper, lower) = page.titled(title, (FONT, 22))?.split_vertically(SIZE.1 / 2);
        draw_latencies(&upper, report)?;
        draw_throughput(&lower, report)?;
        page.present()?;
    }
    Ok(text)
}

type Page<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw_latencies(page: &Page<'_>, report: &Report) -> Result<(), Box<dyn Error>> {
    let mut curves = vec![("since it was sent", BLUE, &report.latencies)];
    if let (Pace::Open { .. }, Some(from_sending)) = (report.pace, &report.from_sending) {
        curves = vec![
            ("since it was due", RED, &report.latencies),
            ("since it was sent, as a closed loop would tell it", BLUE, from_sending),
        ];
    }
    let nines = nines_of(report.latencies.count());
    let highest = milliseconds(report.latencies.max().as_secs_f64()).max(0.001);
    let mut chart = ChartBuilder::on(page)
        .caption("how long a request took", (FONT, 16))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(nines.clone(), 0.0..highest * 1.05)?;
    chart
        .configure_mesh()
        .x_desc("percentile")
        .y_desc("ms")
        .x_labels(nines.end.ceil() as usize + 1)
        .x_label_formatter(&|nines| percent_name(*nines))
        .draw()?;
    for (name, color, latencies) in curves {
        chart
            .draw_series(LineSeries::new(curve(latencies, &nines), color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    Ok(())
}

fn draw_throughput(page: &Page<'_>, report: &Report) -> Result<(), Box<dyn Error>> {
    let span = SPAN.as_secs_f64();
    // The last span is cut off by the end, and would look like a drop.
    let whole = report.timeline.len().saturating_sub(1).max(1).min(report.timeline.len());
    let points: Vec<(f64, f64)> = report.timeline[..whole]
        .iter()
        .enumerate()
        .map(|(i, &replies)| ((i as f64 + 0.5) * span, replies as f64 / span))
        .collect();
    let highest = points.iter().map(|(_, y)| *y).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(page)
        .caption("right replies a second", (FONT, 16))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(0.0..report.elapsed.as_secs_f64().max(span), 0.0..highest * 1.05)?;
    chart.configure_mesh().x_desc("seconds").y_desc("replies / s").draw()?;
    chart.draw_series(LineSeries::new(points, BLUE.stroke_width(2)))?;
    Ok(())
}

/// From 0 % to the percentile that one sample of so many can still tell.
fn nines_of(samples: u64) -> Range<f64> {
    0.0..(samples.max(10) as f64).log10()
}

/// 0, 1, 2, 3 nines are 0, 90, 99 and 99.9 percent.
fn percent_of(nines: f64) -> f64 {
    100.0 - 100.0 / 10.0_f64.powf(nines)
}

fn percent_name(nines: f64) -> String {
    let digits = (nines.round() as usize).saturating_sub(2);
    format!("{:.digits$} %", percent_of(nines))
}

/// Points of the curve, the same distance apart.
fn curve(latencies: &Latencies, nines: &Range<f64>) -> Vec<(f64, f64)> {
    const POINTS: u32 = 200;
    let at = |i: u32| {
        let x = nines.start + (nines.end - nines.start) * f64::from(i) / f64::from(POINTS);
        // From the buckets: to sort the samples for each point would take its time.
        (x, milliseconds(latencies.in_buckets(percent_of(x)).as_secs_f64()))
    };
    (0..=POINTS).map(at).collect()
}

fn milliseconds(seconds: f64) -> f64 {
    seconds * 1000.0
}
