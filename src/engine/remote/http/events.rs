//! Server-Sent Events: bytes come in as they arrive, the data of whole events go out. Lines and the whole are bounded.

/// The longest line.
const LONGEST_LINE: usize = 1 << 20;

/// The most bytes of one answer.
pub(super) const MOST_BYTES: usize = 16 << 20;

/// The lines of a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    bytes: usize,
}

impl Events {
    /// Adds bytes, and returns the data of the lines that they complete.
    ///
    /// # Errors
    ///
    /// That the answer is too large.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<Vec<String>, String> {
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            return Err(format!("the answer is larger than {MOST_BYTES} bytes"));
        }
        let mut data = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                if self.line.len() == LONGEST_LINE {
                    return Err(format!("a line of the answer is longer than {LONGEST_LINE} bytes"));
                }
                self.line.push(byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            if let Some(text) = line.trim_end_matches('\r').strip_prefix("data:") {
                data.push(text.trim().to_owned());
            }
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn events_are_read_wherever_the_bytes_are_cut_and_comments_are_none() {
        let mut events = Events::default();
        let stream = ": hello\r\ndata: {\"a\": \"é\"}\r\n\r\nevent: x\ndata:[DONE]\n\n".as_bytes();
        let mut all = Vec::new();
        for byte in stream.chunks(1) {
            all.extend(events.add(byte).unwrap());
        }
        assert_eq!(all, ["{\"a\": \"é\"}", "[DONE]"]);
    }

    #[test]
    fn a_line_without_end_and_an_answer_without_end_are_refused() {
        let long = vec![b'x'; LONGEST_LINE + 1];
        assert!(Events::default().add(&long).unwrap_err().contains("line"));
        let lines = vec![b'\n'; MOST_BYTES + 1];
        assert!(Events::default().add(&lines).unwrap_err().contains("larger"));
    }
}
