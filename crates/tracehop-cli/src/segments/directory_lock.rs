//! One process at a time.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};

use super::directory::{Directory, failed, private};
use super::segments_error::SegmentsError;

/// What is in a lock file at most that another process has left: the digits of its number.
const MAX_DIGITS: u64 = 10;

/// The directory is this process's as long as this lives. The operating system gives it back if the process is killed.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    pub(super) fn take(directory: &Directory) -> Result<Self, SegmentsError> {
        let path = directory.path().join("lock");
        let opened = private().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(failed(&path, "write"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = file.take(MAX_DIGITS).read_to_string(&mut text).ok();
                let process = read.and_then(|_| text.trim().parse().ok());
                return Err(SegmentsError::Taken { path: directory.path().to_owned(), process });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&path, "lock")(error)),
        }
        // For whoever finds it taken. It is locked whether or not the number is there.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { file })
    }
}

impl Drop for DirectoryLock {
    /// To close the file is not enough: a process that is being started has a copy of it for a moment, and that keeps the lock.
    fn drop(&mut self) {
        // Closing it does the same a moment later.
        let _ = self.file.unlock();
    }
}
