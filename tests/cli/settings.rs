//! `tripod config` and the help as a user sees them.

use crate::command::{stderr, stdout, tripod, tripod_command};

#[test]
fn each_setting_is_shown_with_where_it_comes_from_and_no_secret_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "budget = \"2GiB\"\ntiingo-key = \"hunter2\"\n").unwrap();
    let mut command = tripod_command(&[
        "config",
        "show",
        "--config",
        file.to_str().unwrap(),
        "--residency",
        "warm",
    ]);
    let output = command.env("NEWSAPI_KEY", "hunter3").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    let line = |key: &str| -> Vec<&str> {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(key));
        line.unwrap_or_else(|| panic!("no {key} in {text}"))
            .split_whitespace()
            .collect()
    };
    assert_eq!(line("budget"), ["budget", "2GiB", "file"]);
    assert_eq!(line("residency"), ["residency", "warm", "--residency"]);
    assert_eq!(line("threads"), ["threads", "1", "TRIPOD_THREADS"]);
    assert_eq!(line("repair"), ["repair", "mend", "default"]);
    assert_eq!(line("newsapi-key"), ["newsapi-key", "set", "NEWSAPI_KEY"]);
    assert_eq!(line("tiingo-key"), ["tiingo-key", "set", "file"]);
    assert!(
        !text.contains("hunter") && !stderr(&output).contains("hunter"),
        "{text}"
    );
}

#[test]
fn init_writes_a_file_of_its_owners_and_replaces_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new").join("config.toml");
    let path = file.to_str().unwrap();
    let output = tripod(&["config", "init", "--config", path]);
    assert!(output.status.success(), "{}", stderr(&output));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(tripod(&["config", "show", "--config", path]).status.success());
    std::fs::write(&file, "threads = 1\n").unwrap();
    let again = tripod(&["config", "init", "--config", path]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("is there already"), "{}", stderr(&again));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "threads = 1\n");
}

#[test]
fn the_help_is_short_with_examples_and_ranges_and_shows_the_settings_when_asked() {
    let short = stdout(&tripod(&["analyze", "--help"]));
    assert!(short.contains("Examples:") && short.contains("--help-all"), "{short}");
    assert!(short.contains("Trading days to forecast, 1 to 90"), "{short}");
    assert!(
        !short.contains("--budget") && !short.contains("--hub-mirror"),
        "{short}"
    );
    let all = stdout(&tripod(&["analyze", "--help-all"]));
    assert!(all.contains("--budget") && all.contains("--hub-mirror"), "{all}");
    assert!(stdout(&tripod(&["--help"])).contains("tripod analyze AAPL --demo"));
}
