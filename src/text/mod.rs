//! Cleaning of untrusted text, as the network, files and models give it. Pure.

mod clean;
mod control;
mod invisible;
mod line;
mod look_alike;
mod orders;
mod title;
mod url;
mod words;

pub(crate) use self::clean::clean_text;
pub(crate) use self::control::without_control_tokens;
pub(crate) use self::line::{clean, clean_lines};
pub(crate) use self::orders::gives_orders;
pub(crate) use self::title::{Title, plain_title};
pub(crate) use self::url::clean_url;
pub(crate) use self::words::{MONTHS, month, small_number};
