//! Lines between the server and the engine: an engine that a model file took over writes what it likes, and so is a stranger. Bytes
//! come in; a line that is read says the same when it is written and read again.

#![allow(clippy::expect_used)]

use super::connection::carry;
use super::message::{Order, Signal};
use crate::fuzz::choice;

/// A line: a signal of the engine, an entry of its log, or an order to it. The first byte chooses.
pub(crate) fn line(bytes: &[u8]) {
    let (kind, rest) = choice(bytes);
    let Ok(line) = std::str::from_utf8(rest) else { return };
    match kind % 3 {
        0 => {
            if let Ok(signal) = serde_json::from_str::<Signal>(line) {
                let written = serde_json::to_string(&signal).expect("JSON");
                let read: Signal = serde_json::from_str(&written).expect("a signal");
                assert_eq!(written, serde_json::to_string(&read).expect("JSON"));
            }
        }
        1 => carry(line),
        _ => {
            if let Ok(order) = serde_json::from_str::<Order>(line) {
                let written = serde_json::to_string(&order).expect("JSON");
                let read: Order = serde_json::from_str(&written).expect("an order");
                assert_eq!(written, serde_json::to_string(&read).expect("JSON"));
            }
        }
    }
}
