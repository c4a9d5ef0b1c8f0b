//! What cannot be used is told in one line that says what to change.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tracehop_cli::segments::{SegmentBounds, Segments, SegmentsError};

use super::support::{append, bounds, files, open, read, traces};

fn refused(directory: &Path, bounds: SegmentBounds) -> SegmentsError {
    let error = Segments::open(directory, bounds).expect_err("it cannot be used");
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    error
}

#[test]
fn bounds_that_contradict_each_other_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    for (wrong, expected) in [
        (SegmentBounds { segment_bytes: 100, ..bounds() }, "room for 4096 bytes"),
        (SegmentBounds { max_bytes: 4_096, ..bounds() }, "half of all the bytes"),
        (SegmentBounds { max_bytes: 0, ..bounds() }, "half of all the bytes"),
        (SegmentBounds { max_age: Duration::ZERO, ..bounds() }, "nothing would be kept"),
    ] {
        let text = refused(directory.path(), wrong).to_string();
        assert!(text.contains(expected), "{text}");
    }
    for max_bytes in [8_192, 1_000_000, 1 << 40] {
        let bounds = SegmentBounds::new(max_bytes, bounds().max_age);
        assert!(Segments::open(directory.path(), bounds).is_ok(), "{bounds:?}");
    }
}

#[test]
fn data_of_another_version_is_left_alone_and_told() {
    let directory = tempfile::tempdir().unwrap();
    append(directory.path(), &[traces("a")]);
    let [file] = files(directory.path()).try_into().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[8..12].copy_from_slice(&2u32.to_le_bytes());
    let sum = crc32fast::hash(&bytes[..12]).to_le_bytes();
    bytes[12..16].copy_from_slice(&sum);
    fs::write(&file, &bytes).unwrap();

    let error = refused(directory.path(), bounds());
    assert!(matches!(error, SegmentsError::Version { found: 2, expected: 1, .. }), "{error:?}");
    let expected = format!(
        "{} holds data of version 2, and this program knows version 1: use the tracehop that wrote it, choose another \
         directory with --data, or delete this one",
        directory.path().display()
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(fs::read(&file).unwrap(), bytes, "nothing was changed");
}

#[test]
fn a_directory_that_another_has_open_is_refused_until_it_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let (segments, _) = open(directory.path());
    let error = refused(directory.path(), bounds());
    let own = std::process::id();
    // Windows lets nobody read a file that is locked.
    let number = if cfg!(windows) { None } else { Some(own) };
    assert!(matches!(error, SegmentsError::Taken { process, .. } if process == number), "{error:?}");
    assert!(error.to_string().ends_with("stop it, or choose another directory with --data"), "{error}");
    drop(segments);
    assert_eq!(read(directory.path()).0, []);
}

#[test]
fn a_directory_that_cannot_be_written_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    // The lock is a directory: not even the superuser can write to it.
    let odd = directory.path().join("odd");
    fs::create_dir_all(odd.join("lock")).unwrap();
    for (path, expected) in [
        (file.clone(), "cannot make the directory"),
        (file.join("below"), "cannot make the directory"),
        (odd, "cannot write"),
    ] {
        let error = refused(&path, bounds());
        assert!(matches!(error, SegmentsError::Directory { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.starts_with(expected) && text.contains(&*path.to_string_lossy()), "{text}");
        assert!(text.ends_with("Choose a directory that can be written with --data"), "{text}");
    }
}

#[test]
fn what_else_is_in_the_directory_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let others = ["notes.txt", "1.segment", "00000000000000000001-0000000000000000.segment.bak"];
    for other in others {
        fs::write(directory.path().join(other), "mine").unwrap();
    }
    let folder = directory.path().join("00000000000000000009-0000000000000000.segment");
    fs::create_dir(&folder).unwrap();
    append(directory.path(), &[traces("a")]);
    let (records, report) = read(directory.path());
    assert_eq!((records, report.damages), (vec![traces("a")], vec![]));
    for other in others {
        assert_eq!(fs::read_to_string(directory.path().join(other)).unwrap(), "mine");
    }
    assert!(folder.is_dir());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;

    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b");
    append(&directory, &[traces("a")]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&directory), mode(&parent.path().join("a"))), (0o700, 0o700));
    for file in files(&directory) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
