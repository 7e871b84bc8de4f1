//! Turns the bytes of a table into text: UTF-8, UTF-16 as spreadsheets save it, and the older encodings of European and East Asian
//! programs. Bytes come in; text goes out, or what kind of file they are.

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS, WINDOWS_1252};

/// Encodings without a mark of their own. Windows-1252 reads every byte and stands last.
const OLDER: [&Encoding; 5] = [GBK, SHIFT_JIS, BIG5, EUC_KR, WINDOWS_1252];

/// The text of the file, without its byte order mark. Of the older encodings the one counts in which `known` finds most names of
/// columns; bytes of one are often letters of another.
///
/// # Errors
/// What the file is and what to do, worded to follow its name.
pub(super) fn text(bytes: &[u8], known: impl Fn(&str) -> usize) -> Result<String, String> {
    if let Some(kind) = other_kind(bytes) {
        return Err(format!("it is {kind}: save the table as CSV"));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling_and_without_replacement(&bytes[mark..])
            .map(|text| text.into_owned())
            .ok_or_else(|| {
                format!(
                    "it is not {} text, as its first bytes say: save it as CSV (UTF-8)",
                    encoding.name()
                )
            });
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    if bytes.contains(&0) {
        return Err("it is not text: save it as CSV (UTF-8)".to_owned());
    }
    let readings = OLDER
        .iter()
        .rev()
        .filter_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes));
    // `max_by_key` takes the last of equals, so the first of the list.
    readings
        .map(|text| (known(&text), text))
        .max_by_key(|(known, _)| *known)
        .filter(|(known, _)| *known > 0)
        .map(|(_, text)| text.into_owned())
        .ok_or_else(|| "it is not UTF-8 text: save it as CSV (UTF-8)".to_owned())
}

/// What a file is that is no text.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    [
        (&b"PK\x03\x04"[..], "a workbook or another archive"),
        (&b"\xd0\xcf\x11\xe0"[..], "an older workbook"),
        (&b"PAR1"[..], "a Parquet file, which is read from a folder of them"),
        (&b"\x1f\x8b"[..], "compressed"),
        (&b"%PDF"[..], "a PDF"),
    ]
    .into_iter()
    .find_map(|(mark, kind)| bytes.starts_with(mark).then_some(kind))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        text(bytes, |text| {
            ["日", "Datum", "Eröffnung"]
                .iter()
                .filter(|word| text.contains(**word))
                .count()
        })
    }

    #[test]
    fn what_spreadsheets_save_is_read() {
        assert_eq!(read("\u{feff}日付".as_bytes()).unwrap(), "日付");
        let utf16: Vec<u8> = [0xfeff]
            .into_iter()
            .chain("日付".encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read(&utf16).unwrap(), "日付");
        for (encoding, words) in [
            (SHIFT_JIS, "日付,終値"),
            (GBK, "日期,收盘价"),
            (WINDOWS_1252, "Datum;Eröffnung"),
        ] {
            assert_eq!(read(&encoding.encode(words).0).unwrap(), words);
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert!(read(b"PK\x03\x04...").unwrap_err().contains("workbook"));
        assert!(read(b"\xff\x00\x01").unwrap_err().contains("not text"));
        assert!(read(b"\xff nothing known").unwrap_err().contains("not UTF-8"));
    }
}
