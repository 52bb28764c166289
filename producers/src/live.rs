//! A reader that never waits long: standard input may fall silent, and what was gathered must go on its way then.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Silence after which what was gathered is sent.
const SILENCE: Duration = Duration::from_millis(200);
const CHUNK_BYTES: usize = 64 << 10;
const CHUNKS: usize = 16;

/// Reads another reader on a thread of its own; [`ErrorKind::WouldBlock`] says that nothing came for 200 ms, and is no
/// error: read on.
pub struct Live {
    chunks: Receiver<std::io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    telling: Arc<AtomicBool>,
}

impl Live {
    /// Starts the thread. It ends with the reader, or at the first bytes after `Live` was dropped.
    pub fn new(mut reader: impl Read + Send + 'static) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS);
        std::thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK_BYTES];
                let read = match reader.read(&mut chunk) {
                    Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                    Ok(0) => break,
                    read => read,
                };
                let ended = read.is_err();
                let message = read.map(|n| {
                    chunk.truncate(n);
                    chunk
                });
                if sender.send(message).is_err() || ended {
                    break;
                }
            }
        });
        Self { chunks, chunk: Vec::new(), at: 0, telling: Arc::default() }
    }

    /// Silence is told of from when this is set; before, [`Read::read`] waits as long as it takes.
    pub fn telling(&self) -> Arc<AtomicBool> {
        self.telling.clone()
    }
}

impl Read for Live {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.chunk.len() {
            let next = match self.telling.load(Ordering::Relaxed) {
                true => self.chunks.recv_timeout(SILENCE),
                false => self.chunks.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            self.chunk = match next {
                Ok(chunk) => chunk?,
                Err(RecvTimeoutError::Timeout) => return Err(ErrorKind::WouldBlock.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            };
            self.at = 0;
        }
        let n = out.len().min(self.chunk.len() - self.at);
        out[..n].copy_from_slice(&self.chunk[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn silence_is_told_of_and_nothing_is_lost() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let mut live = Live::new(reader);
        writer.write_all(b"one").unwrap();
        let mut out = [0; 2];
        assert_eq!(live.read(&mut out).unwrap(), 2);
        live.telling().store(true, Ordering::Relaxed);
        assert_eq!(live.read(&mut out).unwrap(), 1);
        assert_eq!(live.read(&mut out).unwrap_err().kind(), ErrorKind::WouldBlock);
        writer.write_all(b"two").unwrap();
        drop(writer);
        let mut rest = Vec::new();
        while let Ok(n @ 1..) = live.read(&mut out) {
            rest.extend_from_slice(&out[..n]);
        }
        assert_eq!(rest, b"two");
    }
}
