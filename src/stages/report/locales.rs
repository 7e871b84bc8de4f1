//! The sentences of code in each language. A locale in, its wording out.

use super::english::English;
use super::german::German;
use super::wording::Wording;
use crate::grounding::Locale;

/// The sentences of a locale.
pub(super) fn wording(locale: Locale) -> &'static dyn Wording {
    match locale {
        Locale::En => &English,
        Locale::De => &German,
    }
}
