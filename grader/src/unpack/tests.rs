use std::io::Cursor;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// A place for an archive and for what comes out of it.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn unpack(&self, archive: &[u8]) -> Result<()> {
        let path = self.0.path().join("archive");
        fs::write(&path, archive).unwrap();
        unpack(&path, &self.out())
    }

    fn names(&self) -> Vec<String> {
        let listing = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            listing.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The reason for which an archive is refused; nothing of it may be left, neither in place nor beside it.
fn refusal(archive: &[u8]) -> String {
    let place = Place::new();
    let error = place.unpack(archive).unwrap_err();
    assert_eq!(place.names(), ["archive"]);
    error.downcast::<Refusal>().unwrap().to_string()
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Replaces bytes wherever they stand: the writers refuse to write what an attacker writes.
fn forged(mut archive: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> =
        (0..=archive.len() - from.len()).filter(|at| archive[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        archive[at..at + to.len()].copy_from_slice(to);
    }
    archive
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One entry with the name as it is, whatever it is.
fn entry(kind: EntryType, name: &[u8], size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o4777);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(EntryType::Regular, name.as_bytes(), content.len() as u64, content)
}

fn tarball(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.extend([0; 1024]);
    gzipped(&bytes)
}

/// What both formats must make of one name.
fn refusals(name: &str) -> [String; 2] {
    let innocent = "x".repeat(name.len());
    let zip = forged(zipped(&[(&innocent, b"1")]), innocent.as_bytes(), name.as_bytes());
    [refusal(&zip), refusal(&tarball(&[file(name, b"1")]))]
}

#[test]
fn an_honest_archive_is_unpacked_without_its_build_results() {
    let files: [(&str, &[u8]); 5] = [
        ("03-tcp-echo/src/server.rs", b"fn f() {}\n"),
        ("03-tcp-echo/src/target/mod.rs", b"// a module\n"),
        ("03-tcp-echo/target/debug/x", b"\x7fELF"),
        (".git/HEAD", b"ref"),
        ("empty", b""),
    ];
    let dotted: Vec<Vec<u8>> = files.iter().map(|(name, bytes)| file(&format!("./{name}"), bytes)).collect();
    let root = entry(EntryType::Directory, b"./", 0, b"");
    for archive in [zipped(&files), tarball(&[vec![root], dotted].concat())] {
        let place = Place::new();
        place.unpack(&archive).unwrap();
        let server = place.out().join(files[0].0);
        assert_eq!(fs::read(&server).unwrap(), files[0].1);
        assert_eq!(fs::metadata(&server).unwrap().permissions().mode() & 0o7133, 0);
        assert!(place.out().join(files[1].0).exists() && place.out().join("empty").exists());
        assert!(!place.out().join("03-tcp-echo/target").exists() && !place.out().join(".git").exists());
        assert_eq!(place.names(), ["archive", "out"]);
    }
}

#[test]
fn long_names_are_read_in_both_ways_of_tar() {
    let name = format!("{}/work.rs", ["folder"; 30].join("/"));
    let gnu = entry(
        EntryType::GNULongName,
        b"././@LongLink",
        name.len() as u64 + 1,
        (name.clone() + "\0").as_bytes(),
    );
    let record = format!("{} path={name}\n", name.len() + " path=\n".len() + 3);
    let pax = entry(EntryType::XHeader, b"pax", record.len() as u64, record.as_bytes());
    for header in [gnu, pax] {
        let place = Place::new();
        place.unpack(&tarball(&[header, file("short", b"1")])).unwrap();
        assert!(place.out().join(&name).exists());
    }
}

#[test]
fn an_empty_folder_is_filled_and_a_full_one_left_alone() {
    let place = Place::new();
    fs::create_dir(place.out()).unwrap();
    place.unpack(&zipped(&[("a", b"1")])).unwrap();
    assert!(place.unpack(&zipped(&[("b", b"1")])).unwrap_err().to_string().contains("something already"));
    assert!(place.out().join("a").exists() && !place.out().join("b").exists());
}

#[test]
fn names_that_leave_the_archive_or_mislead_are_refused() {
    for (name, reason) in [
        ("../evil", "leaves the archive"),
        ("a/../../evil", "leaves the archive"),
        ("/etc/evil", "absolute path"),
        ("..\\evil", "another system"),
        ("C:evil", "another system"),
        ("a\u{1b}[2J", "printable UTF-8"),
        ("a\u{202e}sr.", "printable UTF-8"),
        ("line\nbreak", "printable UTF-8"),
    ] {
        for told in refusals(name) {
            assert!(told.contains(reason) && !told.contains('\u{1b}'), "{name:?}: {told}");
        }
    }
    let not_text = refusal(&tarball(&[entry(EntryType::Regular, b"\xff\xfe", 1, b"1")]));
    assert!(not_text.contains("printable UTF-8"), "{not_text}");
    let deep = ["d"; 40].join("/");
    assert!(refusals(&deep)[0].contains("too long or too deep"));
}

#[test]
fn names_that_are_one_elsewhere_are_refused() {
    for (first, second, reason) in [
        ("src/a.rs", "src/A.rs", "upper and lower case"),
        ("Src/a.rs", "src/b.rs", "upper and lower case"),
        ("a", "a/b", "both a file and a folder"),
        ("a/b", "a", "both a file and a folder"),
        ("a", "./a", "there twice"),
    ] {
        for archive in
            [zipped(&[(first, b"1"), (second, b"2")]), tarball(&[file(first, b"1"), file(second, b"2")])]
        {
            let told = refusal(&archive);
            assert!(told.contains(reason), "{first} {second}: {told}");
        }
    }
    let twice = forged(zipped(&[("name-one", b"1"), ("name-two", b"2")]), b"name-two", b"name-one");
    assert!(refusal(&twice).contains("same name"));
}

#[test]
fn links_and_devices_are_refused_by_name() {
    for (kind, reason) in [
        (EntryType::Symlink, "evil: a symbolic link"),
        (EntryType::Link, "evil: a hard link"),
        (EntryType::Char, "evil: a device"),
        (EntryType::Block, "evil: a device"),
        (EntryType::Fifo, "evil: a device, pipe"),
        (EntryType::GNUSparse, "evil: a sparse file"),
    ] {
        let told = refusal(&tarball(&[file("fine", b"1"), entry(kind, b"evil", 0, b"")]));
        assert!(told.contains(reason), "{told}");
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("evil", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert!(refusal(&zip.finish().unwrap().into_inner()).contains("evil: a symbolic link"));
    // A regular file's mode, 0o100644, made into that of a pipe, 0o010644, in the directory.
    let pipe = forged(zipped(&[("evil", b"1")]), &[0xa4, 0x81], &[0xa4, 0x11]);
    assert!(refusal(&pipe).contains("evil: a device, pipe"));
}

#[test]
fn bombs_are_stopped_by_what_they_declare_and_by_what_they_are() {
    let zeros = vec![0; 16 << 20];
    let told = refusal(&zipped(&[("bomb", &zeros)]));
    assert!(told.contains("bomb: grows to more than"), "{told}");
    let told = refusal(&tarball(&[file("bomb", &zeros)]));
    assert!(told.contains("bomb: grows to more than"), "{told}");
    let told = refusal(&tarball(&[entry(EntryType::Regular, b"large", 1 << 40, b"")]));
    assert!(told.contains("large: 1099511627776 bytes"), "{told}");
    // The declared length is a lie.
    let lie = forged(zipped(&[("lie", &[7; 5000])]), &5000_u32.to_le_bytes(), &10_u32.to_le_bytes());
    let told = refusal(&lie);
    assert!(told.contains("lie: longer than the 10 bytes") || told.contains("lie: damaged"), "{told}");
    let told = refusal(&tarball(&[entry(EntryType::GNULongName, b"x", 1 << 30, &vec![b'a'; 1 << 20])]));
    assert!(told.contains("extension header of more than"), "{told}");
}

#[test]
fn too_many_files_are_refused() {
    let files: Vec<Vec<u8>> = (0..=MAX_FILES).map(|n| file(&format!("f{n}"), b"")).collect();
    let told = refusal(&tarball(&files));
    assert!(told.contains("more than 10000 files"), "{told}");
    let skipped: Vec<Vec<u8>> = (0..=MAX_ENTRIES).map(|n| file(&format!("target/f{n}"), b"")).collect();
    let told = refusal(&tarball(&skipped));
    assert!(told.contains("more than 60000 entries"), "{told}");
}

#[test]
fn damage_is_told_apart_from_the_graders_own_trouble() {
    let zip = zipped(&[("a", b"some text"), ("b", b"more")]);
    let tar = tarball(&[file("a", &(0..=255).collect::<Vec<u8>>())]);
    for archive in
        [&zip[..zip.len() / 2], &tar[..tar.len() / 2], &tar[..tar.len() - 6], b"PK\x03\x04", b"\x1f\x8b"]
    {
        let told = refusal(archive);
        assert!(told.contains("archive: ") && told.contains("damaged"), "{told}");
    }
    assert!(refusal(b"#!/bin/sh").contains("neither a .zip nor a .tar.gz"));
    assert!(refusal(b"").contains("neither a .zip nor a .tar.gz"));
    let place = Place::new();
    let gone = unpack(&place.0.path().join("gone.zip"), &place.out()).unwrap_err();
    assert!(gone.downcast_ref::<Refusal>().is_none(), "{gone:#}");
}

#[test]
fn an_archive_that_is_a_link_or_a_pipe_is_not_opened() {
    let place = Place::new();
    let link = place.0.path().join("link.zip");
    symlink("/etc/passwd", &link).unwrap();
    assert!(unpack(&link, &place.out()).is_err());
    let pipe = place.0.path().join("pipe.zip");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert!(unpack(&pipe, &place.out()).unwrap_err().to_string().contains("not a plain file"));
}
