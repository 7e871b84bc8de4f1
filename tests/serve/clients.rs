//! The official clients against a running server: the Python and JavaScript packages of OpenAI, those of Anthropic and Ollama,
//! LangChain, LiteLLM, `llm`, the clients of the Model Context Protocol, frameworks for agents and for typed answers, and Schemathesis
//! for the OpenAPI document. `scripts/clients.sh`, called by `make test`, installs them at pinned versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::{Server, Setup};

/// A server whose analyses are short unless the client asks for more.
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
        .env("TRIPOD_BINARY", env!("CARGO_BIN_EXE_tripod"))
        .output()
        .expect("the client runs")
}

fn succeeds(name: &str, output: &Output) {
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed:\n{told}\n{errors}");
}

/// Runs clients one after the other against a server of their own: some compare texts, and what a greedy model writes can change
/// with what else is in its batch.
fn in_turn(scripts: &[(&str, &str)]) {
    let server = server();
    for (program, script) in scripts {
        let path = format!("tests/clients/{script}");
        succeeds(script, &run(&installed(program), &[&path, &server.base]));
    }
}

const PYTHON: &str = "python/bin/python";
const FRAMEWORKS: &str = "frameworks/bin/python";
const EARLIER: &str = "frameworks-earlier/bin/python";

#[test]
fn the_official_python_client_gets_what_it_reads() {
    in_turn(&[
        (PYTHON, "openai_client.py"),
        (PYTHON, "openai_tools.py"),
        (PYTHON, "responses_client.py"),
    ]);
}

#[test]
fn the_official_clients_of_anthropic_and_ollama_get_what_they_read() {
    in_turn(&[(PYTHON, "anthropic_client.py"), (PYTHON, "ollama_client.py")]);
}

#[test]
fn the_official_javascript_client_and_the_libraries_get_what_they_read() {
    in_turn(&[
        ("node", "openai.mjs"),
        (PYTHON, "langchain_client.py"),
        (PYTHON, "litellm_client.py"),
        (PYTHON, "llm_client.py"),
    ]);
}

#[test]
fn the_official_clients_of_the_model_context_protocol_get_what_they_read_over_http_and_from_the_program() {
    in_turn(&[(FRAMEWORKS, "mcp_client.py"), ("node", "mcp_client.mjs")]);
}

#[test]
fn frameworks_for_agents_call_tools_and_end() {
    in_turn(&[
        (FRAMEWORKS, "pydantic_ai_client.py"),
        (FRAMEWORKS, "openai_agents_client.py"),
        (FRAMEWORKS, "smolagents_client.py"),
        ("node", "ai_sdk.mjs"),
    ]);
}

#[test]
fn libraries_that_bind_answers_to_a_type_get_objects_of_it() {
    in_turn(&[(EARLIER, "instructor_client.py"), (EARLIER, "llama_index_client.py")]);
}

#[test]
fn the_page_prints_prices_as_the_command_line_does() {
    let script = "tests/web/price.mjs";
    succeeds(script, &run(&installed("node"), &[script]));
}

#[test]
fn the_page_reads_pasted_prices_and_draws_the_indicators_of_the_command_line() {
    let script = "tests/web/own.mjs";
    succeeds(script, &run(&installed("node"), &[script]));
}

#[test]
fn schemathesis_finds_no_server_error_and_no_answer_that_the_document_does_not_have() {
    installed(PYTHON);
    let server = server();
    let ask = || run(Path::new("tests/clients/schemathesis.sh"), &[&server.base]);
    let mut output = ask();
    // Python 3.11 sometimes fails to parse source text deep in a recursion (CPython's issue 106905). The tool then could not
    // create its requests, which says nothing about the server.
    if String::from_utf8_lossy(&output.stdout).contains("AST constructor recursion depth mismatch") {
        output = ask();
    }
    succeeds("schemathesis", &output);
}
