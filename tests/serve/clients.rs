//! The official clients against a started server: the Python and JavaScript packages, LangChain, LiteLLM, `llm`, and Schemathesis
//! over the document. `scripts/clients.sh`, which `make test` calls, installs them at pinned versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::{Server, Setup};

/// A server whose analyses are short where a client does not say.
fn server() -> Server {
    Server::start_with(Setup {
        flags: ["--samples", "2", "--context", "10"].map(str::to_owned).to_vec(),
        ..Setup::default()
    })
}

fn installed(name: &str) -> PathBuf {
    let cache = tripod::models::Cache::from_env().expect("a cache directory");
    let path = cache.root().join("clients").join(name);
    assert!(
        path.exists(),
        "run the tests with `make test`, which installs the clients"
    );
    path
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    let cache = tripod::models::Cache::from_env().expect("a cache directory");
    Command::new(program)
        .args(arguments)
        .env("TRIPOD_CACHE", cache.root())
        .output()
        .expect("the client runs")
}

fn succeeds(name: &str, output: &Output) {
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed:\n{told}\n{errors}");
}

#[test]
fn the_official_clients_get_what_they_read() {
    let server = server();
    let base = server.base.as_str();
    let (python, node) = (installed("python/bin/python"), installed("node"));
    std::thread::scope(|scope| {
        let scripts = [
            "openai_client.py",
            "langchain_client.py",
            "litellm_client.py",
            "llm_client.py",
        ];
        let runs: Vec<_> = scripts
            .iter()
            .map(|script| (&python, *script))
            .chain([(&node, "openai.mjs")])
            .map(|(program, script)| {
                let path = format!("tests/clients/{script}");
                (script, scope.spawn(move || run(program, &[&path, base])))
            })
            .collect();
        for (script, running) in runs {
            succeeds(script, &running.join().expect("the thread ends"));
        }
    });
}

#[test]
fn schemathesis_finds_no_server_error_and_no_answer_that_the_document_does_not_have() {
    installed("python/bin/python");
    let server = server();
    let output = run(Path::new("tests/clients/schemathesis.sh"), &[&server.base]);
    succeeds("schemathesis", &output);
}
