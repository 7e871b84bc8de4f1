//! Runs the binary as a user does and reads its output.

use std::process::{Command, Output};

/// Runs the binary with one compute thread, no configuration file and no secrets.
pub fn tripod(arguments: &[&str]) -> Output {
    tripod_command(arguments).output().expect("the binary runs")
}

/// The command that [`tripod`] runs.
pub fn tripod_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command
        .args(arguments)
        .env("TRIPOD_THREADS", "1")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("TRIPOD_STORE", concat!(env!("CARGO_TARGET_TMPDIR"), "/analyses.sqlite"))
        .env_remove("TRIPOD_CONFIG")
        .env_remove("NEWSAPI_KEY")
        .env_remove("TRIPOD_NEWSAPI_KEY")
        .env_remove("FINNHUB_KEY")
        .env_remove("TRIPOD_FINNHUB_KEY");
    command
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the output is UTF-8")
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
