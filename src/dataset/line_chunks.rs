//! The lines of a stream in pieces: bytes come in, pieces of whole lines with the number of the first go out. Holds one piece, whatever
//! the stream sends.

use std::io::{self, Read};

use super::chunk::{Broken, Chunk};

/// The longest line. The longest prompt that can be asked for, 5,000 closes, takes about 40 KB.
pub(super) const MAX_LINE: usize = 1 << 20;

/// The size from which a piece is handed on. The factory shuffles within blocks of this order of size; in a piece that holds most of
/// a block, many records share a series.
pub(super) const CHUNK: usize = 4 << 20;

/// Bytes that are asked for at a time.
const READ: usize = 256 << 10;

/// The lines of a stream, in pieces.
pub(super) struct Lines {
    source: Box<dyn Read + Send>,
    /// The beginning of a line whose end is not read yet.
    rest: Vec<u8>,
    /// The number of the next line.
    next: u64,
    state: State,
}

enum State {
    Reading,
    /// The stream failed after the lines that were handed on.
    Failed(String),
    Ended,
}

impl Lines {
    pub(super) fn new(source: Box<dyn Read + Send>) -> Self {
        Lines {
            source,
            rest: Vec::new(),
            next: 1,
            state: State::Reading,
        }
    }

    /// Reads until the buffer holds a piece, the stream ends or it fails. Returns the length of the whole lines.
    fn fill(&mut self) -> usize {
        let mut whole = 0;
        let mut seen = 0;
        while matches!(self.state, State::Reading) && (whole == 0 || self.rest.len() < CHUNK) {
            let held = self.rest.len();
            self.rest.resize(held + READ, 0);
            let read = self.source.read(&mut self.rest[held..]);
            self.rest.truncate(held + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.state = State::Ended,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => self.state = State::Failed(format!("the file is damaged or cut off here ({error})")),
            }
            if let Some(end) = self.rest[seen..].iter().rposition(|&byte| byte == b'\n') {
                whole = seen + end + 1;
            }
            seen = self.rest.len();
            if seen - whole > MAX_LINE {
                self.state = State::Failed("the line is longer than 1 MiB, which no record is".to_owned());
            }
        }
        match self.state {
            // The last line may lack its line end.
            State::Ended => self.rest.len(),
            State::Reading | State::Failed(_) => whole,
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let whole = self.fill();
        if whole == 0 {
            let State::Failed(reason) = std::mem::replace(&mut self.state, State::Ended) else {
                return None;
            };
            self.rest.clear();
            let line = Some(self.next);
            return Some(Err(Broken { line, reason }));
        }
        let rest = self.rest.split_off(whole);
        let text = std::mem::replace(&mut self.rest, rest);
        let first = self.next;
        self.next += text.iter().filter(|&&byte| byte == b'\n').count() as u64;
        Some(Ok(Chunk::Lines { first, text }))
    }
}
