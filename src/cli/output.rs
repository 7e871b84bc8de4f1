//! What commands print and write: text to standard output, pictures to files. Files appear whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::analysis::Chart;
use crate::render;

/// Writes to standard output. A reader that closed its end of a pipe has seen enough.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Whether the user has not asked for plain text (no-color.org).
pub fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns to print in: the terminal's width within readable bounds, and 100 where the output is no terminal.
pub fn terminal_columns() -> usize {
    let wide = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| size.ws_col);
    if wide == 0 {
        100
    } else {
        usize::from(wide).clamp(60, 140)
    }
}

/// The file's name, with the ticker in it where there are several.
pub fn named_for(path: &Path, ticker: &str, count: usize) -> PathBuf {
    if count < 2 {
        return path.to_owned();
    }
    let part = |part: Option<&std::ffi::OsStr>| part.and_then(std::ffi::OsStr::to_str).unwrap_or_default().to_owned();
    path.with_file_name(format!(
        "{}-{ticker}.{}",
        part(path.file_stem()),
        part(path.extension())
    ))
}

/// Draws a chart; the picture appears whole or not at all.
pub fn write_picture(chart: &Chart, path: &Path) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::Builder::new()
        .prefix(".tripod-")
        .suffix(&format!(".{ending}"))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .with_context(|| format!("cannot write {}", path.display()))?;
    render::picture(chart, file.path()).with_context(|| format!("cannot draw {}", path.display()))?;
    file.persist(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    anstream::eprintln!("wrote {}", path.display());
    Ok(())
}
