//! Ctrl-C while an analysis runs.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::command::tripod_command;

#[test]
fn ctrl_c_ends_an_analysis_with_130_and_one_line() {
    let arguments = [
        "analyze",
        "AAPL",
        "IBM",
        "MSFT",
        "GOOG",
        "--demo",
        "--horizon",
        "90",
        "--samples",
        "256",
        "--no-store",
    ];
    let mut child = tripod_command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("1/3 forecast: opening") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended before it began");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert_eq!(rest, "interrupted\n");
}
