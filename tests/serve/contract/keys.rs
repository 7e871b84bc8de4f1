//! API keys over the whole server: who is admitted, and that no key is ever disclosed.

use serde_json::json;

use crate::harness::{Answer, Server, Setup, send};
use crate::running::until;

const KEYS: [&str; 2] = ["secret-one", "secret-two"];

fn with_keys() -> Server {
    Server::start_with(Setup {
        env: vec![("TRIPOD_API_KEYS", KEYS.join(",")), ("TRIPOD_LOG", "debug".into())],
        ..Setup::default()
    })
}

async fn ask(server: &Server, path: &str, key: Option<&str>) -> Answer {
    let request = match path {
        "/v1/sentiment" => server
            .client
            .post(server.url(path))
            .json(&json!({"headlines": [{"title": "Shares rise"}]})),
        _ => server.client.get(server.url(path)),
    };
    send(match key {
        Some(key) => request.bearer_auth(key),
        None => request,
    })
    .await
}

#[tokio::test]
async fn either_key_opens_every_route_and_is_never_shown() {
    let mut server = with_keys();
    until("the engine has started", async || {
        ask(&server, "/ready", Some(KEYS[0])).await.status == 200
    })
    .await;
    let mut said = String::new();
    for path in [
        "/v1/models",
        "/ready",
        "/metrics",
        "/openapi.json",
        "/v1/analyses",
        "/v1/sentiment",
        "/nothing",
    ] {
        for key in [None, Some("secret"), Some("secret-one,secret-two")] {
            let answer = ask(&server, path, key).await;
            assert_eq!(answer.refusal(401)["code"], "invalid_api_key", "{path}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            said.push_str(&format!("{answer:?}"));
        }
        for key in KEYS {
            let answer = ask(&server, path, Some(key)).await;
            assert_eq!(
                answer.status,
                if path == "/nothing" { 404 } else { 200 },
                "{path}: {}",
                answer.text
            );
            said.push_str(&format!("{answer:?}"));
        }
    }
    let messages = |header: &'static str, key: &str| {
        let request = server.client.post(server.url("/v1/messages")).header(header, key);
        send(request.json(&json!({})))
    };
    assert_eq!(messages("x-api-key", KEYS[1]).await.status, 400);
    let refused = messages("x-api-key", "secret").await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["type"]),
        (401, &json!("authentication_error"))
    );
    let elsewhere = server.client.get(server.url("/v1/models")).header("x-api-key", KEYS[1]);
    assert_eq!(send(elsewhere).await.status, 401);
    assert_eq!(ask(&server, "/health", None).await.status, 200);
    server.signal(rustix::process::Signal::TERM);
    let status = server.wait(std::time::Duration::from_secs(20)).expect("it stops");
    assert!(status.success(), "{status}");
    said.push_str(&server.stderr());
    assert!(
        said.contains("/v1/sentiment") && said.contains("listening on"),
        "{said}"
    );
    assert!(KEYS.iter().all(|key| !said.contains(key)), "{said}");
}

#[tokio::test]
async fn an_open_address_without_a_key_is_refused_unless_asked_for() {
    let setup = |more: &[&str]| {
        let flags = ["--addr", "0.0.0.0:0"].iter().chain(more);
        Setup {
            flags: flags.map(|flag| (*flag).to_owned()).collect(),
            ..Setup::default()
        }
    };
    let refused = Server::try_start(setup(&[])).unwrap_err();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains("API key") && refused.stderr.contains("--no-auth"),
        "{}",
        refused.stderr
    );
    let server = Server::start_with(setup(&["--no-auth"]));
    assert_eq!(server.get("/v1/models").await.status, 200);
}
