//! How large a context is opened, and how it is laid out.

mod attention;
mod fit;

pub(crate) use self::attention::{Attention, Case, LONG, Way, multiplies_bf16};
pub(crate) use self::fit::{hint, within};
