//! Access control: keys, hosts, origins and preflight requests.

use axum::http::Method;
use serde_json::{Value, json};

use super::{KEY, Server, browser, refusal};
use tripod::net::Secret;
use tripod::serve::{ApiKeys, Origins};

#[tokio::test]
async fn without_a_known_key_only_the_public_routes_answer() {
    let server = Server::with_key().await;
    assert_eq!(server.get("/health").await.status(), 200);
    for path in ["/who", "/nowhere", "/metrics", "/health/../who", "/assets/../who"] {
        let raw = server
            .exchange(&format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            ))
            .await;
        let is_shut = raw.starts_with("HTTP/1.1 401 ") || (path.starts_with("/assets/") && raw.contains(" 404 "));
        assert!(is_shut, "{path}: {raw}");
    }
    let error = refusal(server.get("/who").await, 401).await;
    assert_eq!(error["type"], "authentication_error");
    for wrong in [
        "Bearer key-of-nobody",
        "Bearer ",
        "Basic key-of-the-first-client",
        "Bearer \u{fc}",
    ] {
        let request = browser().get(server.url("/who")).header("authorization", wrong);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        refusal(response, 401).await;
    }
}

#[tokio::test]
async fn a_client_is_its_key_or_else_its_address() {
    let server = Server::with_key().await;
    let request = browser()
        .get(server.url("/who"))
        .bearer_auth("key-of-the-second-client");
    let response = request.header("x-request-id", "mine").send().await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body, json!({"client": "Key(1)", "id": id}));
    assert!(id.starts_with("req_"), "an id from outside is ignored: {id}");

    let open = Server::plain().await;
    let body: Value = open.get("/who").await.json().await.unwrap();
    assert_eq!(body["client"], "Address(127.0.0.1)");
}

#[tokio::test]
async fn a_rebound_host_is_refused_even_with_the_key() {
    let server = Server::with_key().await;
    for host in ["evil.example", "evil.example:80", "localhost.evil.example", ""] {
        let request = browser().get(server.url("/who")).bearer_auth(KEY).header("host", host);
        refusal(request.send().await.unwrap(), 403).await;
    }
    let head = format!("Authorization: Bearer {KEY}\r\nConnection: close\r\n\r\n");
    let absolute = format!("GET http://evil.example/who HTTP/1.1\r\nHost: localhost\r\n{head}");
    assert!(server.exchange(&absolute).await.starts_with("HTTP/1.1 403 "));
    let none = format!("GET /who HTTP/1.1\r\n{head}");
    assert!(server.exchange(&none).await.starts_with("HTTP/1.1 403 "));
    let ours = format!("GET /who HTTP/1.1\r\nHost: LOCALHOST\r\n{head}");
    assert!(server.exchange(&ours).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_foreign_page_is_refused_and_gets_no_cors_header() {
    let server = Server::plain().await;
    for origin in ["http://evil.example", "null", "http://127.0.0.1"] {
        let response = browser().get(server.url("/who")).header("origin", origin).send().await;
        let response = response.unwrap();
        assert!(!response.headers().contains_key("access-control-allow-origin"));
        refusal(response, 403).await;
    }
    let same = server.url("");
    let response = browser().get(server.url("/who")).header("origin", same).send().await;
    assert_eq!(response.unwrap().status(), 200);
}

#[tokio::test]
async fn a_listed_page_gets_its_preflight_without_a_key_and_reads_refusals() {
    let keys = ApiKeys::new(&[Secret::new(KEY)]).unwrap();
    let server = Server::start(|options, _| {
        options.keys = keys;
        options.origins = Origins::parse(&["https://app.example".to_owned()]).unwrap();
    })
    .await;
    let preflight = |origin: &str| {
        let request = browser().request(Method::OPTIONS, server.url("/echo"));
        let request = request.header("access-control-request-method", "POST");
        request
            .header("access-control-request-headers", "authorization,x-stainless-os")
            .header("origin", origin.to_owned())
            .send()
    };
    let response = preflight("https://app.example").await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(
        response.headers()["access-control-allow-headers"],
        "authorization,x-stainless-os"
    );
    refusal(preflight("https://other.example").await.unwrap(), 403).await;

    let request = browser()
        .get(server.url("/who"))
        .header("origin", "https://app.example");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
    refusal(response, 401).await;
}
