//! Internal links lead somewhere: to a page, a heading or row on it, an image.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::Source;
use super::page::Page;
use crate::problem::Problem;

/// Checks the rendered `pages`, so that links made by the builder count too; the source says where they stand.
pub(super) fn check(sources: &[Source], pages: &BTreeMap<String, Page>, site: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in sources {
        let name = source.path.replace(".md", ".html");
        let Some(page) = pages.get(&name) else { continue };
        for link in page.links.iter().filter(|link| is_internal(link)) {
            if let Err(what) = follow(&name, link, pages, site) {
                let written = link.replace(".html", ".md");
                problems.push(source.problem(source.line_of(&written), what));
            }
        }
    }
    problems
}

fn is_internal(link: &str) -> bool {
    !["http:", "https:", "mailto:", "data:"].iter().any(|scheme| link.starts_with(scheme))
}

fn follow(page: &str, link: &str, pages: &BTreeMap<String, Page>, site: &Path) -> Result<(), String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { page.to_owned() } else { resolve(page, path) };
    match pages.get(&target) {
        Some(found) if anchor.is_empty() || found.ids.contains(anchor) => Ok(()),
        Some(_) => Err(format!("dead link: no section `#{anchor}` on {}", target.replace(".html", ".md"))),
        None if site.join(&target).is_file() => Ok(()),
        None => Err(format!("dead link: no file `{}`", target.replace(".html", ".md"))),
    }
}

/// `path` as seen from `page`, relative to the site.
fn resolve(page: &str, path: &str) -> String {
    let mut resolved = PathBuf::from(page);
    resolved.pop();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => resolved.push(name),
            _ => {}
        }
    }
    resolved.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str], links: &[&str]) -> Page {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Page { ids: set(ids), links: set(links) }
    }

    #[test]
    fn dead_links_are_found_at_their_line() {
        let text = "# A\n[b](b.md#there)\n[c](b.md#gone)\n![d](gone.svg)\n[e](gone.md) [f](#a)";
        let sources = [Source { path: "part/a.md".into(), text: text.into() }];
        let links = [
            "b.html#there",
            "b.html#gone",
            "gone.svg",
            "gone.html",
            "#a",
            "https://example.org/x",
            "../k.svg",
        ];
        let pages = BTreeMap::from([
            ("part/a.html".to_owned(), page(&["a"], &links)),
            ("part/b.html".to_owned(), page(&["there"], &[])),
        ]);
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("k.svg"), "").unwrap();
        let found: Vec<String> =
            check(&sources, &pages, site.path()).iter().map(ToString::to_string).collect();
        let expected = [
            "book/src/part/a.md:3: dead link: no section `#gone` on part/b.md",
            "book/src/part/a.md:5: dead link: no file `part/gone.md`",
            "book/src/part/a.md:4: dead link: no file `part/gone.svg`",
        ];
        assert_eq!(found, expected);
    }
}
