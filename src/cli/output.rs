//! Output of results: to standard output, and to files that are written completely or not at all.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use super::ending::wrong_use;
use crate::analysis::Chart;
use crate::render::{self, TerminalOptions};

/// Writes to standard output. A closed pipe is not an error, because its reader has seen enough.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// The file's name; with several tickers, the ticker is added to it.
pub(super) fn named_for(path: &Path, ticker: &str, count: usize) -> PathBuf {
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

/// Draws a chart into an image file, which is written completely or not at all.
pub(super) fn write_picture(chart: &Chart, path: &Path) -> anyhow::Result<()> {
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

/// Writes a file completely or not at all.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = tempfile::Builder::new()
        .prefix(".tripod-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .and_then(|mut file| {
            file.write_all(content)?;
            file.persist(path).map_err(std::io::Error::from)
        });
    written.with_context(|| format!("cannot write {}", path.display()))?;
    anstream::eprintln!("wrote {}", path.display());
    Ok(())
}

/// Checks that a file can be written before anything runs. With several tickers it is the folder that counts.
///
/// # Errors
///
/// Wrong use: the folder is missing or cannot be written, or a folder has the file's name.
pub(super) fn check_file(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        return Err(wrong_use(anyhow!("cannot write {}: it is a folder", path.display())));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    tempfile::Builder::new()
        .prefix(".tripod-")
        .tempfile_in(folder)
        .map(drop)
        .map_err(|error| {
            // The system's words name the file that was tried, not the one that was asked for.
            let reason = std::io::Error::from(error.kind());
            wrong_use(anyhow::Error::new(reason).context(format!("cannot write {}", path.display())))
        })
}

/// Checks that a file can be read before anything runs. What is neither file nor folder, such as a pipe, is left unopened.
///
/// # Errors
///
/// Wrong use: it is missing, a folder, or cannot be read.
pub(super) fn check_input(path: &Path) -> anyhow::Result<()> {
    let failed = |reason: std::io::Error| unreadable(path, reason);
    let kind = std::fs::metadata(path).map_err(failed)?;
    if kind.is_dir() {
        return Err(wrong_use(anyhow!("cannot read {}: it is a folder", path.display())));
    }
    if kind.is_file() {
        std::fs::File::open(path).map(drop).map_err(failed)?;
    }
    Ok(())
}

/// The same for a folder.
///
/// # Errors
///
/// Wrong use.
pub(super) fn check_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::read_dir(path)
        .map(drop)
        .map_err(|reason| unreadable(path, reason))
}

fn unreadable(path: &Path, reason: std::io::Error) -> anyhow::Error {
    wrong_use(anyhow::Error::new(reason).context(format!("cannot read {}", path.display())))
}

/// The same as [`check_file`] for a picture, whose ending must name a format.
///
/// # Errors
///
/// Wrong use.
pub(super) fn check_picture(path: &Path) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !["png", "svg"].iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        let path = path.display();
        return Err(wrong_use(anyhow!(
            "{path} ends in neither .png nor .svg; name the picture so"
        )));
    }
    check_file(path)
}

/// The width of standard output in columns.
fn terminal_columns() -> usize {
    let wide = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| size.ws_col);
    if wide == 0 {
        100
    } else {
        usize::from(wide).clamp(60, 140)
    }
}

/// How analyses are laid out on standard output.
pub(super) fn terminal() -> TerminalOptions {
    TerminalOptions {
        width: terminal_columns(),
        colour: std::io::stdout().is_terminal() && colour_wanted(),
    }
}

/// Whether colours are allowed (no-color.org).
pub(super) fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
