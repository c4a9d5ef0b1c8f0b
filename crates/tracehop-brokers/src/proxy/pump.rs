//! One direction of one connection.

use std::future::pending;
use std::io;
use std::net::Shutdown;

use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::conditions::Conditions;
use super::direction::Direction;
use super::hub::Hub;
use super::link::{Ending, Link};
use super::queue::Content;
use super::rewrite::{Rewrite, RewriteFactory};

/// What a queue may take. When it is full nothing is read, so that who sends has to wait.
pub(super) const MAX_HELD: usize = 1024 * 1024;

/// Reads what one side says, and passes it on to the other side when the conditions let it.
pub(super) struct Pump<'a> {
    hub: &'a Hub,
    link: &'a Link,
    direction: Direction,
    from: &'a TcpStream,
    to: &'a TcpStream,
    rewrite: Option<Rewrite>,
    /// Nothing more is read.
    has_read_all: bool,
    /// Nobody wants what is read.
    discards: bool,
    /// When the bandwidth has room again.
    free_at: Option<Instant>,
}

/// What it waits for.
#[derive(Debug, PartialEq)]
enum Next {
    /// Nothing: it is done.
    Done,
    Input,
    Change,
    Room,
    Time(Instant),
}

impl<'a> Pump<'a> {
    pub(super) fn new(
        (hub, link): (&'a Hub, &'a Link),
        direction: Direction,
        (from, to): (&'a TcpStream, &'a TcpStream),
    ) -> Self {
        let rewrite = match direction {
            Direction::ToServer => None,
            Direction::ToClient => hub.rewrite.as_ref().map(RewriteFactory::make),
        };
        Self { hub, link, direction, from, to, rewrite, has_read_all: false, discards: false, free_at: None }
    }

    /// Returns when the end of the stream was passed on.
    ///
    /// # Errors
    ///
    /// Fails if the connection as a whole is to end.
    pub(super) async fn run(mut self) -> Result<(), Ending> {
        let mut faults = self.hub.faults.subscribe();
        let mut orders = self.link.orders();
        loop {
            // Other connections, and those who change something, have their turn.
            tokio::task::coop::consume_budget().await;
            // From here to the next `await` nobody changes anything: all of it is on one thread.
            let conditions = {
                let all = faults.borrow_and_update().conditions(self.direction);
                self.link.conditions(self.direction).or(all)
            };
            if self.link.is_cut(self.direction) && !self.discards {
                self.discards = true;
                self.link.queue(self.direction).clear();
                self.pass_end();
            }
            let next = self.pass_on(&conditions)?;
            if next == Next::Done {
                return Ok(());
            }
            let room = self.link.queue(self.direction).room(MAX_HELD);
            tokio::select! {
                _ = faults.changed() => {}
                _ = orders.changed() => {}
                _ = self.from.readable(), if !self.has_read_all && room > 0 => self.read(room),
                () = self.until(&next) => {}
            }
        }
    }

    async fn until(&self, next: &Next) {
        match next {
            Next::Room => drop(self.to.writable().await),
            Next::Time(time) => sleep_until(*time).await,
            Next::Done | Next::Input | Next::Change => pending().await,
        }
    }

    fn read(&mut self, room: usize) {
        let read = {
            let mut buffer = self.hub.buffer();
            let most = buffer.len().min(room);
            let Some(buffer) = buffer.get_mut(..most) else { return };
            self.from.try_read(buffer).map(|count| buffer.get(..count).unwrap_or_default().to_vec())
        };
        let (came, end) = match read {
            Ok(bytes) if bytes.is_empty() => (bytes, Some(Content::End)),
            Ok(bytes) => (bytes, None),
            Err(error) if is_for_now(&error) => return,
            Err(_) => (Vec::new(), Some(Content::Reset)),
        };
        self.has_read_all = end.is_some();
        if self.discards {
            return;
        }
        let bytes = match &mut self.rewrite {
            Some(rewrite) => rewrite(came, self.hub.address),
            None => came,
        };
        let mut queue = self.link.queue(self.direction);
        if !bytes.is_empty() {
            queue.push(Content::Bytes { bytes, passed: 0 });
        }
        if let Some(end) = end {
            queue.push(end);
        }
        drop(queue);
        self.hub.moved.send_modify(|()| {});
    }

    /// Passes on all that may be.
    fn pass_on(&mut self, conditions: &Conditions) -> Result<Next, Ending> {
        loop {
            if self.discards {
                return Ok(if self.has_read_all { Next::Done } else { Next::Input });
            }
            let mut queue = self.link.queue(self.direction);
            let Some(piece) = queue.first() else { return Ok(Next::Input) };
            let now = Instant::now();
            match conditions.due(piece) {
                None => return Ok(Next::Change),
                Some(due) if due > now => return Ok(Next::Time(due)),
                Some(_) => {}
            }
            let written = match &piece.content {
                Content::End => {
                    drop(queue);
                    self.pass_end();
                    return Ok(Next::Done);
                }
                Content::Reset => return Err(Ending::Reset(None)),
                Content::Bytes { .. } => {
                    if let Some(free_at) = self.free_at.filter(|free_at| *free_at > now) {
                        return Ok(Next::Time(free_at));
                    }
                    let bytes = piece.content.rest();
                    self.to.try_write(bytes.get(..conditions.at_once()).unwrap_or(bytes))
                }
            };
            match written {
                Ok(count) => {
                    queue.passed(count);
                    self.hub.moved.send_modify(|()| {});
                    self.free_at = now.checked_add(conditions.takes(count));
                }
                Err(error) if is_for_now(&error) => return Ok(Next::Room),
                Err(_) => {
                    queue.clear();
                    drop(queue);
                    return self.is_not_wanted();
                }
            }
        }
    }

    fn pass_end(&self) {
        // It fails if that side is gone, which it has heard of then.
        let _ = SockRef::from(self.to).shutdown(Shutdown::Write);
        self.link.set_ended(self.direction);
    }

    /// The other side is gone. Who sends hears of it the way that answers go, and when they do.
    fn is_not_wanted(&mut self) -> Result<Next, Ending> {
        self.discards = true;
        let back = self.direction.opposite();
        if self.link.has_ended(back) {
            return Err(Ending::Reset(None));
        }
        self.link.queue(back).push(Content::Reset);
        self.link.wake();
        Ok(Next::Change)
    }
}

fn is_for_now(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
