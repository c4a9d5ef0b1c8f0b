//! The directory that holds the segments.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::segment_name::SegmentName;
use super::segments_error::SegmentsError;

/// The directory that holds the segments. What else is in it is left alone.
#[derive(Clone, Debug)]
pub(super) struct Directory(PathBuf);

/// A segment that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    pub(super) name: SegmentName,
    pub(super) len: u64,
    /// When it was written to last.
    pub(super) written: SystemTime,
}

impl Directory {
    /// Makes the directory, for this user alone, if it is not there.
    pub(super) fn make(path: &Path) -> Result<Self, SegmentsError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let directory = Self(path.to_owned());
        builder.create(path).map_err(directory.failed("make the directory"))?;
        Ok(directory)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn path_of(&self, name: SegmentName) -> PathBuf {
        self.0.join(name.to_string())
    }

    /// The segments, oldest first.
    pub(super) fn list(&self) -> Result<Vec<Listed>, SegmentsError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(self.failed("read"))? {
            let entry = entry.map_err(self.failed("read"))?;
            let name = entry.file_name().to_str().and_then(|name| name.parse::<SegmentName>().ok());
            let metadata = entry.metadata().map_err(self.failed("read"))?;
            if let Some(name) = name.filter(|_| metadata.is_file()) {
                let written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                found.push(Listed { name, len: metadata.len(), written });
            }
        }
        found.sort_unstable_by_key(|listed| listed.name);
        Ok(found)
    }

    /// Creates a file in it that only this user can read. That the file is there survives a loss of power.
    pub(super) fn create(&self, name: SegmentName) -> io::Result<File> {
        let mut options = private();
        let file = options.append(true).create_new(true).open(self.path_of(name))?;
        self.sync()?;
        Ok(file)
    }

    pub(super) fn remove(&self, name: SegmentName) -> io::Result<()> {
        match fs::remove_file(self.path_of(name)) {
            // Somebody has made room by hand.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// The error of something that was tried with the directory itself.
    pub(super) fn failed(&self, action: &'static str) -> impl Fn(io::Error) -> SegmentsError + use<> {
        failed(&self.0, action)
    }

    #[cfg(unix)]
    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }

    /// Elsewhere a directory cannot be opened, and its file system writes down what is in it by itself.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on unix")]
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The error of something that was tried with a file or a directory.
pub(super) fn failed(path: &Path, action: &'static str) -> impl Fn(io::Error) -> SegmentsError + use<> {
    let path = path.to_owned();
    move |error| SegmentsError::Directory { path: path.clone(), action, error }
}

/// How files are opened that nobody else is to read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
