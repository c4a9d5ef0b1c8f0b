//! What the log asks of the disk.

use std::fs::File;
use std::io::{self, Write};

use super::directory::Directory;
use super::segment_name::SegmentName;

/// What the log asks of the disk. Tests have disks that fail.
pub(super) trait Disk: Send + 'static {
    type File: SegmentFile;

    /// A new file, whose being there is durable.
    fn create(&mut self, name: SegmentName) -> io::Result<Self::File>;

    /// Deletes a file. That it is gone already is no error.
    fn remove(&mut self, name: SegmentName) -> io::Result<()>;
}

/// A file that is only appended to.
pub(super) trait SegmentFile: Send + 'static {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when all that was written survives a loss of power.
    fn sync(&mut self) -> io::Result<()>;

    /// How many bytes are in it.
    fn len(&self) -> io::Result<u64>;

    /// Takes back what was written after the first `len` bytes.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

impl Disk for Directory {
    type File = File;

    fn create(&mut self, name: SegmentName) -> io::Result<File> {
        Self::create(self, name)
    }

    fn remove(&mut self, name: SegmentName) -> io::Result<()> {
        Self::remove(self, name)
    }
}

impl SegmentFile for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Write::write_all(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}
