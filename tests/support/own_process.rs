//! Runs a test in its own process: starts this test binary again with only that test and checks how it ends.

use std::env;
use std::process::Command;

const CHILD: &str = "TRIPOD_TEST_CHILD";

/// Whether this process was started for the test.
pub fn is_here() -> bool {
    env::var_os(CHILD).is_some()
}

/// A command that runs this test binary with one test only, named as `module::test`.
pub fn command(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    command
}
