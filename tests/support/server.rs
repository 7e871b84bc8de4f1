//! The real binary as a server: `tripod serve --demo` on its own port, with an empty store, one compute thread, no
//! configuration file and no secrets. It is stopped when dropped. Downloads no model.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The maximum time for a start; a debug binary on a loaded machine needs some seconds.
const START: Duration = Duration::from_secs(60);

/// The time a server has to stop before it is killed.
const STOP: Duration = Duration::from_secs(10);

/// Settings of a server.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// `process` or `thread`; empty for the default.
    pub isolation: &'static str,
    /// Flags in addition to `--demo`, `--addr` and `--store`; an `--addr` here replaces the loopback one.
    pub flags: Vec<String>,
    /// Additional environment variables.
    pub env: Vec<(&'static str, String)>,
}

/// A server process that accepts connections.
#[derive(Debug)]
pub struct ServerProcess {
    /// Its base URL, `http://127.0.0.1:PORT`.
    pub base: String,
    pub child: Child,
    /// Everything written to standard error so far.
    pub stderr: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
    _store: TempDir,
}

/// A server that ended before it accepted connections.
#[derive(Debug)]
pub struct NotStarted {
    pub status: ExitStatus,
    pub stderr: String,
}

impl ServerProcess {
    /// Waits until the server listens or ends.
    pub fn start(setup: Setup) -> Result<Self, NotStarted> {
        let store = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command
            .args(["serve", "--demo", "--store"])
            .arg(store.path().join("analyses.sqlite"));
        if !setup.flags.iter().any(|flag| flag == "--addr") {
            command.args(["--addr", "127.0.0.1:0"]);
        }
        for name in [
            "TRIPOD_CONFIG",
            "TRIPOD_ADDR",
            "TRIPOD_API_KEYS",
            "TRIPOD_API_KEY_FILE",
            "TRIPOD_ISOLATION",
            "TRIPOD_STORE",
            "NEWSAPI_KEY",
            "TRIPOD_NEWSAPI_KEY",
            "FINNHUB_KEY",
            "TRIPOD_FINNHUB_KEY",
        ] {
            command.env_remove(name);
        }
        command
            .env("TRIPOD_THREADS", "1")
            .env("XDG_CONFIG_HOME", "/nonexistent");
        if !setup.isolation.is_empty() {
            command.args(["--isolation", setup.isolation]);
        }
        command.args(&setup.flags).envs(setup.env);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (told, listening) = mpsc::channel();
        let reading = read_stderr(&mut child, Arc::clone(&stderr), told);
        let Ok(base) = listening.recv_timeout(START) else {
            let Some(status) = wait(&mut child, Duration::from_secs(1)) else {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it neither listens nor ends: {}", stderr.lock().unwrap());
            };
            reading.join().unwrap();
            let stderr = stderr.lock().unwrap().clone();
            return Err(NotStarted { status, stderr });
        };
        Ok(ServerProcess {
            base,
            child,
            stderr,
            reading: Some(reading),
            _store: store,
        })
    }

    /// Waits until the process has ended and all its output is read; `None` on a timeout.
    pub fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let status = wait(&mut self.child, patience)?;
        if let Some(reading) = self.reading.take() {
            reading.join().unwrap();
        }
        Some(status)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if self.wait(STOP).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Collects the server's output, and sends the address as soon as it is printed.
fn read_stderr(child: &mut Child, kept: Arc<Mutex<String>>, told: mpsc::Sender<String>) -> JoinHandle<()> {
    let stderr = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            kept.lock().unwrap().push_str(&(line.clone() + "\n"));
            if let Some(base) = line.strip_prefix("listening on ") {
                let _ = told.send(base.to_owned());
            }
        }
    })
}

fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
