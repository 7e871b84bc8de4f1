//! `tripod chat`: on a terminal, driven by a script, and with questions from a pipe.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::command::{stderr, stdout, tripod_command};

#[test]
fn on_a_terminal_a_question_a_follow_up_ctrl_c_and_the_history_work() {
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/chat_terminal.py");
    let output = Command::new("python3")
        .args([script, env!("CARGO_BIN_EXE_tripod")])
        .arg(folder.path())
        .env("TRIPOD_THREADS", "1")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env_remove("TRIPOD_CONFIG")
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn questions_from_a_pipe_are_answered_one_a_line_and_a_follow_up_knows_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("analyses.sqlite");
    let mut child = tripod_command(&["chat", "--demo", "--samples", "4", "--store", store.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let questions = "How will AAPL do over the next 4 days?\n\nWhat is the RSI?\n";
    child.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let (report, follow_up) = text
        .split_once("not investment advice.")
        .unwrap_or_else(|| panic!("{text}"));
    assert!(
        report.contains("## Summary") && report.contains("Analysis `analysis-"),
        "{report}"
    );
    assert!(follow_up.contains("RSI"), "{follow_up}");
    assert!(!text.contains('\u{1b}'), "no escape sequences in a pipe");
    assert!(store.exists());
}
