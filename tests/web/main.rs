//! The web page and the example frontends in a real browser: each suite beside this file runs against its own server.
//! `scripts/browser.sh` installs what they need. Without Chromium, `make test` skips this crate and says so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/server.rs"]
mod server;

use std::path::Path;
use std::process::Command;

use tripod::models::Cache;

use server::{ServerProcess, Setup};

/// Runs a suite; its screenshots are discarded.
fn suite(script: &str) {
    let cache = Cache::from_env().expect("a cache directory");
    let browser = cache.root().join("browser");
    let chromium = browser.join("chromium");
    assert!(
        chromium.exists(),
        "there is no Chromium at {}: run the tests with `make test`, which installs one or leaves the browser suites out",
        chromium.display()
    );
    let server = ServerProcess::start(Setup {
        isolation: "process",
        // A forecaster that takes long enough to be watched and cancelled.
        flags: [
            "--context",
            "30",
            "--samples",
            "4",
            "--forecaster",
            "smollm2-135m-instruct",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..Setup::default()
    })
    .unwrap_or_else(|ended| panic!("no server, {}: {}", ended.status, ended.stderr));
    let screenshots = tempfile::tempdir().unwrap();
    let output = Command::new(browser.join("python/bin/python"))
        .arg(Path::new("tests/web").join(script))
        .args([&server.base, browser.join("axe.min.js").to_str().unwrap()])
        .arg(screenshots.path())
        .args([Path::new("--chromium"), &chromium])
        .env("TRIPOD_CACHE", cache.root())
        .output()
        .unwrap_or_else(|error| panic!("{error}: run the tests with `make test`, which installs the suites' packages"));
    let (told, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let server_said = server.stderr.lock().unwrap();
    assert!(
        output.status.success(),
        "{script}:\n{told}\n{errors}\nthe server:\n{server_said}"
    );
}

#[test]
fn the_page_works_in_a_browser() {
    suite("page.py");
}

#[test]
fn the_chart_the_history_and_the_users_own_data_work_in_a_browser() {
    suite("desk.py");
}

#[test]
fn the_frontends_beside_it_work_in_a_browser() {
    suite("frontends.py");
}
