//! How an answer calls tools: the two formats that models are trained on, and a reader that tells byte by byte what an answer is
//! writing. The grammar of calls admits exactly what the reader recognises. Plain data, without a vocabulary.

/// The format in which a model writes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallFormat {
    /// `<tool_call>`, an object with `name` and `arguments`, `</tool_call>`: Hermes, Qwen, and every model that knows no format.
    Tagged,
    /// Only the object, with `name` and `parameters`, one a message: Llama 3.
    Bare,
}

/// Begins a tagged call.
pub(crate) const OPEN_TAG: &str = "<tool_call>";
/// Ends a tagged call.
pub(crate) const CLOSE_TAG: &str = "</tool_call>";
/// From the open tag to the function's name.
const TAGGED_HEAD: &str = "<tool_call>\n{\"name\": \"";
/// The beginning of a bare call, up to the function's name.
pub(crate) const BARE_HEAD: &str = "{\"name\": \"";

impl CallFormat {
    /// The format that goes with a chat template.
    pub(crate) fn of(template: &str) -> Self {
        if template.contains("<|start_header_id|>") && template.contains("\"parameters\"") {
            CallFormat::Bare
        } else {
            CallFormat::Tagged
        }
    }

    /// Whether a template tells a model of tools, and of this format.
    pub(crate) fn is_told_by(self, template: &str) -> bool {
        template.contains("tools")
            && match self {
                // Others write other things than an object between these tags.
                CallFormat::Tagged => template.contains(OPEN_TAG) && template.contains("\"arguments"),
                CallFormat::Bare => true,
            }
    }

    /// The member that holds a call's arguments.
    pub(crate) fn arguments(self) -> &'static str {
        match self {
            CallFormat::Tagged => "arguments",
            CallFormat::Bare => "parameters",
        }
    }

    /// What a call begins with, up to its arguments. Names have no character that JSON escapes.
    pub(crate) fn head(self, name: &str) -> String {
        format!("{{\"name\": \"{name}\", \"{}\": ", self.arguments())
    }
}

/// Reads an answer byte by byte. `Copy`, so that a sampler can try a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallReader {
    place: Place,
}

/// What a byte of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Text, and before it the beginning of a tag that turned out to be text. `byte` says whether the byte itself is text already.
    Text {
        /// The held-back text.
        held: &'static str,
        /// Whether the byte follows it.
        byte: bool,
    },
    /// Between the parts of a call, or possibly the beginning of a tag.
    Nothing,
    /// The last byte before a function's name: a call begins.
    Call,
    /// A byte of the function's name.
    Name,
    /// A byte of the call's arguments.
    Arguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of an answer that may be a bare call: this many bytes of its head are written.
    Start(u8),
    /// In text: this many bytes of a tagged call's head are written.
    Text(u8),
    Name,
    /// Between name and arguments.
    Middle,
    Arguments {
        depth: u16,
        in_string: bool,
        escaped: bool,
    },
    /// After a call: this many bytes of the next one's head are written.
    After(u8),
}

impl CallReader {
    /// A reader at the start of an answer. A text that is JSON by a schema can look like a bare call, and then none is read.
    pub fn new(text_is_json: bool) -> Self {
        CallReader {
            place: if text_is_json { Place::Text(0) } else { Place::Start(0) },
        }
    }

    /// Whether the answer is in the arguments of a call.
    pub fn is_in_arguments(&self) -> bool {
        matches!(self.place, Place::Arguments { .. })
    }

    /// The text held back at the end of an answer, because a tag could have begun with it.
    pub fn held(&self) -> &'static str {
        match self.place {
            Place::Start(matched) => begin(BARE_HEAD, matched),
            Place::Text(matched) => begin(TAGGED_HEAD, matched),
            _ => "",
        }
    }

    /// Whether the answer ends within a call.
    pub fn is_in_call(&self) -> bool {
        matches!(self.place, Place::Name | Place::Middle | Place::Arguments { .. })
    }

    /// Advances by a byte.
    pub fn step(&mut self, byte: u8) -> Written {
        match self.place {
            Place::Start(matched) => match next(BARE_HEAD, matched, byte) {
                Some(place) => self.begin(place, Place::Start),
                None => self.text(begin(BARE_HEAD, matched), byte),
            },
            Place::Text(matched) => match next(TAGGED_HEAD, matched, byte) {
                Some(place) => self.begin(place, Place::Text),
                None => self.text(begin(TAGGED_HEAD, matched), byte),
            },
            Place::Name if byte == b'"' => {
                self.place = Place::Middle;
                Written::Nothing
            }
            Place::Name => Written::Name,
            Place::Middle if byte == b'{' => {
                self.place = Place::Arguments {
                    depth: 1,
                    in_string: false,
                    escaped: false,
                };
                Written::Arguments
            }
            Place::Middle => Written::Nothing,
            Place::Arguments {
                depth,
                in_string,
                escaped,
            } => {
                self.place = arguments(depth, in_string, escaped, byte);
                Written::Arguments
            }
            Place::After(matched) => match next(TAGGED_HEAD, matched, byte) {
                Some(place) => self.begin(place, Place::After),
                None => {
                    self.place = Place::After(u8::from(byte == b'<'));
                    Written::Nothing
                }
            },
        }
    }

    /// One more byte of a head is written.
    fn begin(&mut self, matched: Option<u8>, place: fn(u8) -> Place) -> Written {
        match matched {
            Some(matched) => {
                self.place = place(matched);
                Written::Nothing
            }
            None => {
                self.place = Place::Name;
                Written::Call
            }
        }
    }

    /// A byte that continues no head. Only its first byte can begin one again: a head has no other `<`.
    fn text(&mut self, held: &'static str, byte: u8) -> Written {
        let is_tag = byte == b'<';
        self.place = Place::Text(u8::from(is_tag));
        Written::Text { held, byte: !is_tag }
    }
}

/// `Some(Some(matched))` if the byte continues the head, `Some(None)` if it completes it, `None` if it does not belong to it.
#[expect(clippy::option_option, reason = "the three cases are read at once, in two places")]
fn next(head: &str, matched: u8, byte: u8) -> Option<Option<u8>> {
    let index = usize::from(matched);
    (head.as_bytes().get(index) == Some(&byte)).then(|| (index + 1 < head.len()).then_some(matched + 1))
}

fn begin(head: &'static str, matched: u8) -> &'static str {
    head.get(..usize::from(matched)).unwrap_or_default()
}

fn arguments(depth: u16, in_string: bool, escaped: bool, byte: u8) -> Place {
    let inside = |depth, in_string, escaped| Place::Arguments {
        depth,
        in_string,
        escaped,
    };
    match byte {
        _ if escaped => inside(depth, true, false),
        b'\\' if in_string => inside(depth, true, true),
        b'"' => inside(depth, !in_string, false),
        b'{' | b'[' if !in_string => inside(depth.saturating_add(1), false, false),
        b'}' | b']' if !in_string && depth <= 1 => Place::After(0),
        b'}' | b']' if !in_string => inside(depth - 1, false, false),
        _ => inside(depth, in_string, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is text, and each call's name and arguments.
    fn read(answer: &str, text_is_json: bool) -> (String, Vec<(String, String)>) {
        let mut reader = CallReader::new(text_is_json);
        let (mut text, mut calls) = (Vec::new(), Vec::<(Vec<u8>, Vec<u8>)>::new());
        for &byte in answer.as_bytes() {
            match (reader.step(byte), calls.last_mut()) {
                (Written::Text { held, byte: is_text }, _) => {
                    text.extend_from_slice(held.as_bytes());
                    text.extend(is_text.then_some(byte));
                }
                (Written::Call, _) => calls.push((Vec::new(), Vec::new())),
                (Written::Name, Some((name, _))) => name.push(byte),
                (Written::Arguments, Some((_, arguments))) => arguments.push(byte),
                _ => {}
            }
        }
        text.extend_from_slice(reader.held().as_bytes());
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let calls = calls.iter().map(|(name, arguments)| (string(name), string(arguments)));
        (string(&text), calls.collect())
    }

    fn call(name: &str, arguments: &str) -> (String, String) {
        (name.to_owned(), arguments.to_owned())
    }

    #[test]
    fn tagged_calls_are_read_one_after_another_and_the_text_before_them() {
        let answer = "I look.\n<tool_call>\n{\"name\": \"a\", \"arguments\": {\"x\": \"}</tool_call>\\\"{\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"b-2\", \"arguments\": {\"y\": [{}, 1]}}\n</tool_call>";
        let calls = vec![
            call("a", "{\"x\": \"}</tool_call>\\\"{\"}"),
            call("b-2", "{\"y\": [{}, 1]}"),
        ];
        assert_eq!(read(answer, false), ("I look.\n".to_owned(), calls));
    }

    #[test]
    fn a_bare_call_is_read_only_at_the_start_and_not_where_the_text_is_json() {
        let answer = "{\"name\": \"a\", \"parameters\": {\"x\": 1}}";
        assert_eq!(read(answer, false), (String::new(), vec![call("a", "{\"x\": 1}")]));
        assert_eq!(read(answer, true), (answer.to_owned(), Vec::new()));
        let later = format!(" {answer}");
        assert_eq!(read(&later, false), (later.clone(), Vec::new()));
    }

    #[test]
    fn text_that_only_looks_like_a_tag_stays_text_whole() {
        for text in [
            "a < b <tool_ <<tool_call> é",
            "{\"name\": 5}",
            "<tool_call>",
            "<tool_call>\n<tool_call>",
            "{\"na",
        ] {
            assert_eq!(read(text, false), (text.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn a_format_goes_with_a_template() {
        assert_eq!(CallFormat::of("<|im_start|>{{ tools }}<tool_call>"), CallFormat::Tagged);
        assert_eq!(
            CallFormat::of("<|start_header_id|>{{ tools }} \"parameters\""),
            CallFormat::Bare
        );
        for other in [
            "[AVAILABLE_TOOLS] {{ tools }} \"arguments\"",
            "{{ tools }}<tool_call><arg_key>",
        ] {
            assert!(!CallFormat::Tagged.is_told_by(other));
        }
        assert!(CallFormat::Tagged.is_told_by("{{ tools }}<tool_call>\"arguments\": "));
    }
}
