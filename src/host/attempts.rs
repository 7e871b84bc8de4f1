//! What a taken-over engine would try: to read the server's environment, memory, sockets and files, and to leave its process. Each is
//! tried from inside the confined process; whether the system refused it goes out. It harms nothing where one succeeds.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What was tried.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The system refused it.
    Refused,
    /// It succeeded.
    Succeeded,
    /// It failed for another reason, so nothing is known: there is nothing to try it on.
    Inconclusive,
}

/// Tries everything. `store` is the server's database, which need not exist.
pub fn attempts(store: Option<&Path>) -> Vec<Attempt> {
    let front = std::os::unix::process::parent_id();
    let of_front = |name: &str| format!("/proc/{front}/{name}");
    let mut tried = vec![
        attempt("read the server's environment", read(of_front("environ"))),
        attempt("read the server's memory", read(of_front("mem"))),
        attempt("list the server's descriptors", fs::read_dir(of_front("fd")).map(drop)),
        attempt("read a file of the system's users", read("/etc/passwd")),
        attempt("list the home directories", fs::read_dir("/home").map(drop)),
        attempt(
            "write a file to the system's temporary directory",
            write(&std::env::temp_dir()),
        ),
        attempt(
            "connect to this machine",
            TcpStream::connect(("127.0.0.1", 9)).map(drop),
        ),
        attempt(
            "start another program",
            Command::new("/bin/true").spawn().map(|mut child| drop(child.wait())),
        ),
    ];
    if let Some(store) = store {
        tried.push(attempt("read the store", read(store)));
    }
    tried.extend(raw::attempts(front));
    tried
}

fn attempt(what: &str, tried: io::Result<()>) -> Attempt {
    let outcome = match tried {
        Ok(()) => Outcome::Succeeded,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Outcome::Refused,
        // A connection that nobody accepts was tried.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Outcome::Succeeded,
        Err(error) => {
            tracing::debug!(%error, what, "an attempt failed for another reason");
            Outcome::Inconclusive
        }
    };
    Attempt {
        what: what.to_owned(),
        outcome,
    }
}

/// Opens a file and reads one byte; that the byte is not there is another matter.
fn read(path: impl AsRef<Path>) -> io::Result<()> {
    let mut byte = [0];
    match File::open(path)?.read(&mut byte) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

fn write(folder: &Path) -> io::Result<()> {
    tempfile::NamedTempFile::new_in(folder).map(drop)
}

#[cfg(target_os = "linux")]
mod raw {
    //! System calls that the standard library does not make.

    use std::io;

    use super::{Attempt, attempt};

    /// `PTRACE_SEIZE`, which does not stop the process that is traced, and ends with the tracer.
    const SEIZE: i64 = 0x4206;

    pub(super) fn attempts(front: u32) -> Vec<Attempt> {
        let front = i64::from(front);
        let tried = [
            (
                "open a handle of the server's process",
                libc::SYS_pidfd_open,
                [front, 0, 0, 0],
            ),
            ("take a descriptor of the server", libc::SYS_pidfd_getfd, [-1, 0, 0, 0]),
            ("trace the server", libc::SYS_ptrace, [SEIZE, front, 0, 0]),
            ("signal the server", libc::SYS_kill, [front, 0, 0, 0]),
            (
                "make a socket",
                libc::SYS_socket,
                [i64::from(libc::AF_INET), i64::from(libc::SOCK_STREAM), 0, 0],
            ),
            ("set up io_uring", libc::SYS_io_uring_setup, [1, 0, 0, 0]),
            ("mount a file system", libc::SYS_mount, [0, 0, 0, 0]),
            (
                "enter a new namespace",
                libc::SYS_unshare,
                [i64::from(libc::CLONE_NEWUSER), 0, 0, 0],
            ),
            ("handle page faults", libc::SYS_userfaultfd, [0, 0, 0, 0]),
            ("load a program into the kernel", libc::SYS_bpf, [0, 0, 0, 0]),
        ];
        let mut all: Vec<Attempt> = tried
            .into_iter()
            .map(|(what, call, arguments)| attempt(what, made(call, arguments)))
            .collect();
        all.push(attempt("make a second process", second_process()));
        all
    }

    /// Makes a system call whose arguments are numbers and null pointers.
    #[expect(unsafe_code, reason = "the standard library has no such calls")]
    fn made(call: i64, [one, two, three, four]: [i64; 4]) -> io::Result<()> {
        // SAFETY: no argument is a pointer but null, which the kernel refuses; a descriptor that comes back stays open until the
        // process ends, which it does after the attempts.
        let answer = unsafe { libc::syscall(call, one, two, three, four) };
        if answer < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }

    /// Forks; the second process ends at once.
    #[expect(unsafe_code, reason = "the standard library forks only to start a program")]
    fn second_process() -> io::Result<()> {
        // SAFETY: the second process calls nothing but `_exit`.
        unsafe {
            match libc::fork() {
                -1 => Err(io::Error::last_os_error()),
                0 => libc::_exit(0),
                second => {
                    libc::waitpid(second, std::ptr::null_mut(), 0);
                    Ok(())
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod raw {
    //! Elsewhere the engine is not confined.

    use super::Attempt;

    pub(super) fn attempts(_: u32) -> Vec<Attempt> {
        Vec::new()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_an_unconfined_process_may_do_counts_as_done() {
        let store = tempfile::NamedTempFile::new().unwrap();
        let tried = attempts(Some(store.path()));
        for what in [
            "read the store",
            "read a file of the system's users",
            "make a socket",
            "make a second process",
        ] {
            let attempt = tried.iter().find(|attempt| attempt.what == what).unwrap();
            assert_eq!(attempt.outcome, Outcome::Succeeded, "{what}");
        }
    }
}
