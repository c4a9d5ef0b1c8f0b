//! What has come and was not passed on yet.

use std::collections::VecDeque;

use tokio::time::Instant;

/// What one piece takes beside its bytes.
const OVERHEAD: usize = size_of::<Piece>();

/// What has come in one direction of a connection and was not passed on yet.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pieces: VecDeque<Piece>,
    /// What it takes: bytes and overhead.
    size: usize,
}

#[derive(Debug)]
pub(super) struct Piece {
    pub(super) came_at: Instant,
    /// Between 0 and 1: what part of the jitter it has.
    pub(super) luck: f64,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Bytes {
        bytes: Vec<u8>,
        /// How many of them were passed on.
        passed: usize,
    },
    /// The stream has ended.
    End,
    /// The side that it came from is gone.
    Reset,
}

impl Queue {
    /// The bytes that can come before it takes `most`.
    pub(super) fn room(&self, most: usize) -> usize {
        most.saturating_sub(self.size)
    }

    pub(super) fn push(&mut self, content: Content) {
        self.size += content.size();
        self.pieces.push_back(Piece { came_at: Instant::now(), luck: fastrand::f64(), content });
    }

    pub(super) fn first(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    /// So many bytes of the first piece were passed on.
    pub(super) fn passed(&mut self, count: usize) {
        let Some(Piece { content: Content::Bytes { bytes, passed }, .. }) = self.pieces.front_mut() else {
            return;
        };
        *passed += count;
        if *passed >= bytes.len()
            && let Some(piece) = self.pieces.pop_front()
        {
            self.size = self.size.saturating_sub(piece.content.size());
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Adds all bytes to `all`.
    pub(super) fn copy_to(&self, all: &mut Vec<u8>) {
        for piece in &self.pieces {
            all.extend_from_slice(piece.content.rest());
        }
    }
}

impl Content {
    pub(super) fn rest(&self) -> &[u8] {
        match self {
            Self::Bytes { bytes, passed } => bytes.get(*passed..).unwrap_or_default(),
            Self::End | Self::Reset => &[],
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Bytes { bytes, .. } => bytes.len() + OVERHEAD,
            Self::End | Self::Reset => OVERHEAD,
        }
    }
}
