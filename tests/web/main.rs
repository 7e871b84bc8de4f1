//! The page and the frontends in a real browser: the suites of `tests/web` against a server of their own. `scripts/browser.sh`
//! installs what they need; where it found no Chromium, it said so, and they are left out.

use std::path::Path;
use std::process::Command;

use tripod::models::Cache;

use super::harness::{Server, Setup};

/// Runs a suite; its screenshots are thrown away.
fn suite(script: &str) {
    let cache = Cache::from_env().expect("a cache directory");
    let browser = cache.root().join("browser");
    let chromium = browser.join("chromium");
    if !chromium.exists() {
        eprintln!("skipped: scripts/browser.sh found no Chromium");
        return;
    }
    let server = Server::start_with(Setup {
        isolation: "process",
        flags: ["--context", "30", "--samples", "4"].map(str::to_owned).to_vec(),
        ..Setup::default()
    });
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
    assert!(output.status.success(), "{script}:\n{told}\n{errors}");
}

#[test]
fn the_page_works_in_a_browser() {
    suite("page.py");
}

#[test]
fn the_frontends_beside_it_work_in_a_browser() {
    suite("frontends.py");
}
