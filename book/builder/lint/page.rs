//! Rendered pages: what they can be linked to by, and what they link to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use crate::site::read;

/// One rendered page.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    /// The `id`s on it.
    pub(crate) ids: BTreeSet<String>,
    /// The `href`s and `src`s of its content, without mdBook's own frame.
    pub(crate) links: BTreeSet<String>,
}

/// The pages of a rendered site, by their path relative to it.
pub(crate) fn read_all(site: &Path) -> Result<BTreeMap<String, Page>> {
    let mut pages = BTreeMap::new();
    let mut folders = vec![site.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let name = path.strip_prefix(site).expect("it was found below the site");
                pages.insert(name.to_string_lossy().into_owned(), parse(&read(&path)?));
            }
        }
    }
    Ok(pages)
}

/// Rendered HTML has every `<` of the text escaped, so tags can be found without a parser.
fn parse(html: &str) -> Page {
    let content = html.split_once("<main>").map_or(html, |(_, rest)| rest);
    let content = content.split_once("</main>").map_or(content, |(before, _)| before);
    let mut page = Page::default();
    for tag in content.split('<').skip(1).filter_map(|text| text.split_once('>')).map(|(tag, _)| tag) {
        page.ids.extend(attribute(tag, "id"));
        page.links.extend(attribute(tag, "href"));
        page.links.extend(attribute(tag, "src"));
    }
    page
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_links_of_the_content_are_found() {
        let html = "<a href=\"frame.html\"></a><main><h2 id=\"one\"><a class=\"header\" href=\"#one\">One</a></h2>\
                    <p>&lt;a href=\"text\"&gt; <img src=\"a.svg\" alt=\"\"></p></main><a href=\"next.html\"></a>";
        let page = parse(html);
        assert_eq!(page.ids, ["one".to_owned()].into());
        assert_eq!(page.links, ["#one".to_owned(), "a.svg".to_owned()].into());
    }
}
