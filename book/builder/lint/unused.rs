//! A recording, figure or image that no page shows is dead weight.

use anyhow::Result;

use super::Source;
use crate::figure;
use crate::ladder;
use crate::problem::Problem;
use crate::site::Site;

pub(super) fn check(sources: &[Source], site: &Site) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for (stem, extension) in files(&site.transcripts())? {
        let file = format!("book/transcripts/{stem}.{extension}");
        let is_described = site.transcripts().join(format!("{stem}.toml")).is_file();
        if !is_described {
            problems.push(Problem::new(file, 1, "a record without a description"));
        } else if extension == "toml" && !is_shown(sources, &stem) {
            problems.push(Problem::new(file, 1, "no page shows this transcript"));
        }
    }
    let shown: Vec<String> = ladder::shown(site)?.iter().map(ladder::Ladder::name).collect();
    for (stem, extension) in files(&site.ladders())? {
        if !shown.contains(&stem) {
            problems.push(Problem::new(
                format!("book/ladders/{stem}.{extension}"),
                1,
                "no page shows this ladder",
            ));
        }
    }
    for (stem, extension) in files(&site.root().join(figure::FOLDER))? {
        if extension != "toml" || !is_drawn(sources, &stem) {
            let file = format!("{}/{stem}.{extension}", figure::FOLDER);
            problems.push(Problem::new(file, 1, "no page shows this figure"));
        }
    }
    for (stem, extension) in files(&site.src().join("img"))? {
        let image = format!("img/{stem}.{extension}");
        if !sources.iter().any(|source| source.text.contains(&format!("]({image})"))) {
            problems.push(Problem::new(format!("book/src/{image}"), 1, "no page shows this image"));
        }
    }
    Ok(problems)
}

/// Whether a page shows the figure.
fn is_drawn(sources: &[Source], name: &str) -> bool {
    let directive = format!("{{{{#figure {name}}}}}");
    sources.iter().any(|source| source.text.contains(&directive))
}

/// Stem and extension of each file in a folder, if there is one.
fn files(folder: &std::path::Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            found.extend(
                name.rsplit_once('.').map(|(stem, extension)| (stem.to_owned(), extension.to_owned())),
            );
        }
    }
    Ok(found)
}

fn is_shown(sources: &[Source], name: &str) -> bool {
    let directive = format!("{{{{#transcript {name}}}}}");
    sources.iter().any(|source| source.text.contains(&directive))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_page_shows_is_found() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["src/img", "figures", "transcripts", "ladders"] {
            std::fs::create_dir_all(root.path().join("book").join(folder)).unwrap();
        }
        let text = "{{#transcript shown}} {{#ladder a b c}} {{#figure seen}} ![an image](img/a.svg)";
        for (file, text) in [
            ("book.toml", ""),
            ("src/a.md", text),
            ("transcripts/shown.toml", ""),
            ("transcripts/shown.txt", ""),
            ("transcripts/hidden.toml", ""),
            ("transcripts/stray.txt", ""),
            ("figures/seen.toml", ""),
            ("figures/unseen.toml", ""),
            ("src/img/a.svg", ""),
            ("src/img/b.svg", ""),
            ("ladders/a.b.c.txt", ""),
            ("ladders/a.b.d.txt", ""),
        ] {
            std::fs::write(root.path().join("book").join(file), text).unwrap();
        }
        let sources = [Source { path: "a.md".into(), text: text.into() }];
        let found = check(&sources, &Site::find(root.path()).unwrap()).unwrap();
        let mut found: Vec<String> = found.iter().map(ToString::to_string).collect();
        found.sort();
        let expected = [
            "book/figures/unseen.toml:1: no page shows this figure",
            "book/ladders/a.b.d.txt:1: no page shows this ladder",
            "book/src/img/b.svg:1: no page shows this image",
            "book/transcripts/hidden.toml:1: no page shows this transcript",
            "book/transcripts/stray.txt:1: a record without a description",
        ];
        assert_eq!(found, expected);
    }
}
