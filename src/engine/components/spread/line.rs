//! A line to another process of the search: a socket whose bytes travel in frames, with a pulse between them, so that a
//! process that is gone or frozen is found out in time. It must not know what the bytes mean.

use super::alarm::Alarm;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use timely::communication::allocator::zero_copy::stream::Stream;

/// In place of the length of a frame: the other side sends no more.
const END: u32 = u32::MAX;
/// Bytes of a frame at most.
const MOST_BYTES: usize = 1 << 20;
/// Pulses within the time after which a process that is not heard is given up.
const PULSES: u32 = 8;
/// How long a read waits before it looks whether the search has ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Both directions, shared by all that read or write.
struct Wire {
    /// The process at the other side.
    process: usize,
    socket: TcpStream,
    /// Whole frames are written one after the other.
    writing: Mutex<()>,
    /// This side sends no more.
    has_ended: AtomicBool,
    alarm: Arc<Alarm>,
    patience: Duration,
}

impl Wire {
    /// Ends the search: the other process is lost. Ends this thread as well.
    fn lose(&self, how: &str) -> ! {
        self.alarm.raise(|| format!("process {} {how}", self.process));
        self.alarm.leave()
    }

    fn write_frame(&self, length: u32, bytes: &[u8]) -> io::Result<()> {
        let _whole = self.writing.lock();
        let mut frame = Vec::with_capacity(4 + bytes.len());
        frame.extend(length.to_le_bytes());
        frame.extend(bytes);
        (&self.socket).write_all(&frame)
    }

    /// Writes empty frames until this side ends.
    fn pulse(&self) {
        while !self.alarm.is_over_within(self.patience / PULSES) && !self.has_ended.load(Ordering::Relaxed) {
            if self.write_frame(0, &[]).is_err() {
                return; // whoever reads finds out why
            }
        }
    }
}

/// One holder's view of a line: it reads or writes.
pub struct Line {
    wire: Arc<Wire>,
    /// The length of the frame to come, as far as it was read.
    head: [u8; 4],
    has: usize,
    /// Bytes of the current frame that are still to be read.
    left: usize,
    is_at_end: bool,
    heard: Instant,
}

impl Line {
    /// A line over a socket that is connected to this process of the search.
    ///
    /// # Errors
    /// If the system gives no thread, or does not set what a socket needs.
    pub fn new(socket: TcpStream, process: usize, alarm: &Arc<Alarm>, patience: Duration) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(LOOK_EVERY))?;
        socket.set_write_timeout(Some(patience))?;
        alarm.guard(socket.try_clone()?);
        let (writing, has_ended) = (Mutex::new(()), AtomicBool::new(false));
        let wire = Arc::new(Wire { process, socket, writing, has_ended, alarm: Arc::clone(alarm), patience });
        let pulsing = Arc::clone(&wire);
        std::thread::Builder::new().name(format!("pulse-{process}")).spawn(move || pulsing.pulse())?;
        Ok(Line::over(&wire))
    }

    fn over(wire: &Arc<Wire>) -> Self {
        wire.alarm.hold();
        let heard = Instant::now();
        Line { wire: Arc::clone(wire), head: [0; 4], has: 0, left: 0, is_at_end: false, heard }
    }

    /// Reads some bytes of a frame, or of its length if no frame is begun.
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = &self.wire.socket;
        if self.left > 0 {
            let most = self.left.min(buffer.len());
            let read = socket.read(&mut buffer[..most])?;
            self.left -= read;
            return Ok(read);
        }
        let read = socket.read(&mut self.head[self.has..])?;
        self.has += read;
        if self.has == self.head.len() {
            self.has = 0;
            match u32::from_le_bytes(self.head) {
                END => self.is_at_end = true,
                length if length as usize > MOST_BYTES => self.wire.lose("sends what is no part of the search"),
                length => self.left = length as usize,
            }
        }
        Ok(read)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.wire.alarm.let_go();
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_at_end {
            let is_payload = self.left > 0;
            match self.read_some(buffer) {
                Ok(0) => self.wire.lose("is gone"),
                Ok(read) => {
                    self.heard = Instant::now();
                    if is_payload {
                        return Ok(read);
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.wire.alarm.why().is_some() {
                        self.wire.alarm.leave();
                    }
                    if self.heard.elapsed() > self.wire.patience {
                        self.wire.lose(&format!("has not been heard of for {:?}", self.wire.patience));
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.wire.lose("is gone"),
            }
        }
        // Whoever ends has sent all that the others need to end as well. One that ended before its time has not.
        if !self.wire.alarm.is_over_within(self.wire.patience) {
            self.wire.lose("is gone");
        }
        Ok(0)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(MOST_BYTES)];
        match self.wire.write_frame(bytes.len() as u32, bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => self.wire.lose("takes nothing any more"),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Line {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Line::over(&self.wire))
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.wire.socket.set_nonblocking(nonblocking)
    }

    /// Says that this side sends no more. A side that ends before its time says nothing, and is missed.
    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.wire.has_ended.store(true, Ordering::Relaxed);
        if self.wire.alarm.why().is_none() && self.wire.write_frame(END, &[]).is_err() {
            self.wire.lose("is gone");
        }
        let _ = self.wire.socket.shutdown(how); // the other side may have shut it
        Ok(())
    }
}
