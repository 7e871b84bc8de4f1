//! Text from strangers, made plain. Pure.

mod clean;

pub(crate) use self::clean::clean_text;
