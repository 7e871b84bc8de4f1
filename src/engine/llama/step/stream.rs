//! Turns the bytes of tokens into text: whole characters only, and without any part of a stop text, even one that spans tokens. Stop
//! texts end a text, never the call of a tool.

use crate::engine::calls::{CallReader, Written};
use crate::engine::request::{Grammar, TextForm};

/// Whether the text continues after a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// More may come.
    Open,
    /// The stop text with this index was found; the text ends before it.
    Stopped(usize),
}

/// The text of one sequence so far.
#[derive(Debug)]
pub(super) struct TextStream {
    stops: Vec<String>,
    /// Tells where a call begins, where there may be one.
    calls: Option<CallReader>,
    pending: Vec<u8>,
    text: String,
    /// How many bytes of `text` were returned so far.
    shown: usize,
}

impl TextStream {
    pub(crate) fn new(stops: &[String], grammar: Option<&Grammar>) -> Self {
        let calls = match grammar {
            Some(Grammar::Calls(calls)) => Some(CallReader::new(matches!(calls.text, TextForm::Schema(_)))),
            _ => None,
        };
        TextStream {
            stops: stops.to_vec(),
            calls,
            pending: Vec::new(),
            text: String::new(),
            shown: 0,
        }
    }

    /// Adds the bytes of a token.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Flow {
        self.pending.extend_from_slice(bytes);
        let from = self.text.len();
        self.decode(false);
        if let Some(reader) = self.calls.as_mut().filter(|_| !self.stops.is_empty())
            && self.text[from..].bytes().any(|byte| reader.step(byte) == Written::Call)
        {
            self.stops.clear();
        }
        // A stop text can begin at most its own length before the new text.
        let longest = self.stops.iter().map(String::len).max().unwrap_or(0);
        let mut search_from = from.saturating_sub(longest).max(self.shown);
        while !self.text.is_char_boundary(search_from) {
            search_from += 1;
        }
        let found = self
            .stops
            .iter()
            .enumerate()
            .filter(|(_, stop)| !stop.is_empty())
            .filter_map(|(index, stop)| Some((self.text[search_from..].find(stop.as_str())?, index)))
            .min();
        if let Some((offset, index)) = found {
            self.text.truncate(search_from + offset);
            self.pending.clear();
            return Flow::Stopped(index);
        }
        Flow::Open
    }

    /// The new text since the last call. Text that could be the beginning of a stop text is held back.
    pub(crate) fn take_new(&mut self) -> &str {
        let held = self
            .stops
            .iter()
            .map(|stop| overlap(&self.text[self.shown..], stop))
            .max()
            .unwrap_or(0);
        self.show_until(self.text.len() - held)
    }

    /// Ends the stream and returns the text held back so far.
    pub(crate) fn finish(&mut self) -> &str {
        self.decode(true);
        self.show_until(self.text.len())
    }

    /// All text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn show_until(&mut self, end: usize) -> &str {
        let start = std::mem::replace(&mut self.shown, end);
        &self.text[start..end]
    }

    /// Decodes whole characters. An invalid byte sequence becomes U+FFFD once no further byte can complete it.
    fn decode(&mut self, last: bool) {
        loop {
            match std::str::from_utf8(&self.pending) {
                Ok(valid) => {
                    self.text.push_str(valid);
                    self.pending.clear();
                    return;
                }
                Err(error) => {
                    let valid = error.valid_up_to();
                    self.text.push_str(&String::from_utf8_lossy(&self.pending[..valid]));
                    match error.error_len() {
                        Some(broken) => {
                            self.text.push(char::REPLACEMENT_CHARACTER);
                            self.pending.drain(..valid + broken);
                        }
                        None if last => {
                            self.text.push(char::REPLACEMENT_CHARACTER);
                            self.pending.clear();
                            return;
                        }
                        None => {
                            self.pending.drain(..valid);
                            return;
                        }
                    }
                }
            }
        }
    }
}

/// The length of the longest suffix of `text` that is a proper prefix of `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    (1..stop.len().min(text.len() + 1))
        .rev()
        .find(|&length| stop.is_char_boundary(length) && text.as_bytes().ends_with(&stop.as_bytes()[..length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_split_over_tokens_is_shown_whole() {
        let mut stream = TextStream::new(&[], None);
        let euro = "€".as_bytes();
        assert_eq!(stream.push(&euro[..1]), Flow::Open);
        assert_eq!(stream.take_new(), "");
        stream.push(&euro[1..]);
        assert_eq!(stream.take_new(), "€");
    }

    #[test]
    fn a_stop_text_over_three_tokens_is_never_shown() {
        let stops = ["</end>".to_owned()];
        let mut stream = TextStream::new(&stops, None);
        stream.push(b"fine </");
        assert_eq!(stream.take_new(), "fine ");
        stream.push(b"en");
        assert_eq!(stream.take_new(), "");
        assert_eq!(stream.push(b"d> more"), Flow::Stopped(0));
        assert_eq!(stream.finish(), "");
        assert_eq!(stream.text(), "fine ");
    }

    #[test]
    fn a_beginning_of_a_stop_text_that_goes_on_otherwise_is_shown() {
        let stops = ["</end>".to_owned()];
        let mut stream = TextStream::new(&stops, None);
        stream.push(b"</e");
        assert_eq!(stream.take_new(), "");
        stream.push(b"m>");
        assert_eq!(stream.take_new(), "</em>");
    }

    #[test]
    fn a_stop_text_ends_the_text_before_a_call_but_no_call() {
        let grammar = Grammar::Calls(crate::engine::request::CallGrammar {
            tools: Vec::new(),
            most: 1,
            text: TextForm::Free,
        });
        let call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"stop\"}}\n</tool_call>";
        let stops = ["stop".to_owned()];
        let mut stream = TextStream::new(&stops, Some(&grammar));
        for byte in call.as_bytes() {
            assert_eq!(stream.push(&[*byte]), Flow::Open);
        }
        assert_eq!(stream.finish(), call);
        let mut stream = TextStream::new(&stops, Some(&grammar));
        assert_eq!(stream.push(b"I stop"), Flow::Stopped(0));
        assert_eq!(stream.finish(), "I ");
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_the_shown_text_is_the_text_before_the_stop(
            text in "[ab€\u{1F600}]{0,24}",
            stop in "[ab€]{1,3}",
            cuts in prop::collection::vec(1usize..5, 1..40),
        ) {
            let stops = [stop.clone()];
            let mut stream = TextStream::new(&stops, None);
            let mut shown = String::new();
            let mut bytes = text.as_bytes();
            let mut cuts = cuts.iter().cycle();
            while !bytes.is_empty() {
                let at = (*cuts.next().unwrap_or(&1)).min(bytes.len());
                let flow = stream.push(&bytes[..at]);
                shown.push_str(stream.take_new());
                bytes = &bytes[at..];
                if flow != Flow::Open { break; }
            }
            shown.push_str(stream.finish());
            let expected = text.split(stop.as_str()).next().unwrap_or("");
            prop_assert_eq!(&shown, expected);
            prop_assert_eq!(stream.text(), expected);
        }
    }
}
