//! The progress as a badge for a page.

/// An SVG image: `wirelab | 8 of 21 labs`.
pub(crate) fn svg(done: usize, labs: usize) -> String {
    let (left, right) = ("wirelab", format!("{done} of {labs} labs"));
    // Verdana at 11 px is about 7 px a character.
    let widths = [left.len() * 7 + 12, right.len() * 7 + 12];
    let whole = widths[0] + widths[1];
    let colour = if done == labs { "#2e7d32" } else { "#1565c0" };
    let centre = [widths[0] / 2, widths[0] + widths[1] / 2];
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{left}: {right}">
<title>{left}: {right}</title>
<rect width="{whole}" height="20" rx="3" fill="#444"/>
<rect x="{}" width="{}" height="20" rx="3" fill="{colour}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{}" y="14">{left}</text>
<text x="{}" y="14">{right}</text>
</g>
</svg>
"##,
        widths[0], widths[1], centre[0], centre[1]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_tells_how_many_labs_are_done() {
        let image = svg(8, 21);
        assert!(image.starts_with("<svg ") && image.ends_with("</svg>\n"));
        assert!(image.contains(">8 of 21 labs</text>"), "{image}");
        assert!(svg(21, 21).contains("#2e7d32"));
    }
}
