//! Cleaning of untrusted text, as the network, files and models give it. Pure.

mod clean;
mod invisible;
mod line;
mod url;

pub(crate) use self::clean::clean_text;
pub(crate) use self::line::{clean, clean_lines};
pub(crate) use self::url::clean_url;
