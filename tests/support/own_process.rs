//! A test that needs a process of its own starts this test binary once more, with itself alone, and judges how it ends.

use std::env;
use std::process::Command;

const CHILD: &str = "TRIPOD_TEST_CHILD";

/// Whether this is the process that was started for the test.
pub fn is_here() -> bool {
    env::var_os(CHILD).is_some()
}

/// This test binary with one test alone, named as `module::test`.
pub fn command(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    command
}
