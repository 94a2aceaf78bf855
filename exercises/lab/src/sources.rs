//! A lab's sources: whether they changed, and whether anybody has begun to write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use checks::Lab;

use crate::durable;
use crate::place::Place;
use crate::release::Release;

/// The hash of a lab's sources, as its checks' seeds are made of it.
pub(crate) fn digest(place: &Place, lab: &Lab) -> Vec<u8> {
    checks::digest_of(&place.lab(lab).join("src")).unwrap_or_default()
}

/// The same in hex.
pub(crate) fn digest_hex(place: &Place, lab: &Lab) -> String {
    digest(place, lab).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// When each file that a lab is built of was last written to.
pub(crate) fn times(place: &Place, lab: &Lab) -> BTreeMap<PathBuf, SystemTime> {
    let folder = place.lab(lab);
    let names = durable::files_below(&folder).unwrap_or_default();
    names
        .into_iter()
        .map(|name| folder.join(name))
        .filter_map(|path| Some((modified(&path)?, path)))
        .map(|(time, path)| (path, time))
        .collect()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

/// Whether somebody has written in the lab. In a checkout of the whole course nobody knows: then in every one.
pub(crate) fn is_begun(place: &Place, lab: &Lab, release: Option<&Release>) -> bool {
    let Some(release) = release else { return true };
    let stub = release.stub(lab);
    let folder = place.lab(lab);
    let names = durable::files_below(&folder).unwrap_or_default();
    names.iter().any(|name| {
        let text = std::fs::read(folder.join(name)).unwrap_or_default();
        stub.get(name.as_str()).is_none_or(|handed_out| handed_out.as_bytes() != text)
    })
}
