//! The web page: `GET /`, `/a/{id}` and `/t/{id}`, the reference of the API: `GET /docs`, and their files under `/page/`. The files are compiled into the program, compressed, and load
//! nothing from other servers; the content security policy forbids inline scripts and styles. All data comes from the API.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::http::not_found;
use crate::stages::{STAGES, StageRow};

include!(concat!(env!("OUT_DIR"), "/page.rs"));

const POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page; its script reads the id of the result to show from the address.
pub async fn page(headers: HeaderMap) -> Response {
    find("index.html").map_or_else(|| StatusCode::NOT_FOUND.into_response(), |file| file.answer(&headers))
}

/// The reference of the API, which its script makes of `/openapi.json`.
pub async fn reference(headers: HeaderMap) -> Response {
    find("reference.html").map_or_else(|| StatusCode::NOT_FOUND.into_response(), |file| file.answer(&headers))
}

/// A file of the page.
pub async fn file(request: Request) -> Response {
    let name = request.uri().path().trim_start_matches("/page/");
    match find(name).filter(|file| !file.name.ends_with(".html")) {
        Some(file) => file.answer(request.headers()),
        None => not_found(request).await.into_response(),
    }
}

struct PageFile {
    name: &'static str,
    kind: &'static str,
    packed: Cow<'static, [u8]>,
    /// The entity tag, which changes with the content.
    tag: String,
}

static PAGE: LazyLock<Vec<PageFile>> = LazyLock::new(|| {
    let file = |&(name, kind, packed): &(&'static str, &'static str, &'static [u8])| {
        let packed = match name {
            "index.html" => with_stages(packed).map_or(Cow::Borrowed(packed), Cow::Owned),
            _ => Cow::Borrowed(packed),
        };
        PageFile {
            name,
            kind,
            tag: format!("\"{:.16}\"", hex::encode(Sha256::digest(&packed))),
            packed,
        }
    };
    FILES.iter().map(file).collect()
});

/// Stands where the page lists the stages.
const STAGE_LIST: &str = "<!-- stages -->";

/// The page with the stages of the table in it. Fails only for what the build did not pack.
fn with_stages(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut page = String::new();
    GzDecoder::new(packed).read_to_string(&mut page)?;
    let stages: String = STAGES.rows().iter().map(stage_item).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(page.replacen(STAGE_LIST, stages.trim_end(), 1).as_bytes())?;
    encoder.finish()
}

/// One stage of the list; its words are constants of the program.
fn stage_item(row: &StageRow) -> String {
    let StageRow { name, title, about, .. } = row;
    format!(
        r#"<li class="stage" data-stage="{name}" data-state="idle">
      <div class="stage-head"><h3 title="{about}">{title}</h3><p class="stage-status"></p><progress max="1" value="0" aria-label="Progress of the {name}"></progress></div>
      <div class="stage-arena"><div class="arena"></div><p class="stage-memory"></p></div>
    </li>
    "#
    )
}

fn find(name: &str) -> Option<&'static PageFile> {
    PAGE.iter().find(|file| file.name == name)
}

impl PageFile {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        let fixed = [
            (header::CONTENT_TYPE, self.kind),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::VARY, "Accept-Encoding"),
            // Browsers revalidate each time and get 304 while the file is the same.
            (header::CACHE_CONTROL, "no-cache"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            headers.insert(header::ETAG, tag);
        }
        let accepts = |name: &header::HeaderName, word: &str| {
            let value = asked.get(name).and_then(|value| value.to_str().ok());
            value.is_some_and(|value| value.split(',').any(|part| part.trim().split(';').next() == Some(word)))
        };
        if accepts(&header::IF_NONE_MATCH, &self.tag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if accepts(&header::ACCEPT_ENCODING, "gzip") {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return (headers, self.packed.clone()).into_response();
        }
        let mut plain = Vec::new();
        match GzDecoder::new(&*self.packed).read_to_end(&mut plain) {
            Ok(_) => (headers, plain).into_response(),
            // Cannot happen: the build compressed the file.
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::body::{Body, to_bytes};

    use super::*;

    async fn get(path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        file(request.body(Body::empty()).unwrap()).await
    }

    async fn body(response: Response) -> Vec<u8> {
        to_bytes(response.into_body(), 8 << 20).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn a_file_is_sent_compressed_only_to_clients_that_accept_it() {
        let plain = body(get("/page/main.js", &[]).await).await;
        assert!(std::str::from_utf8(&plain).unwrap().contains("import"));
        let packed = get("/page/main.js", &[("accept-encoding", "br, gzip;q=1.0")]).await;
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        let mut unpacked = Vec::new();
        GzDecoder::new(&body(packed).await[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, plain);
    }

    #[tokio::test]
    async fn a_client_with_the_current_file_gets_304() {
        let first = get("/page/page.css", &[]).await;
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = get("/page/page.css", &[("if-none-match", &format!("\"other\", {tag}"))]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(body(again).await.is_empty());
    }

    #[tokio::test]
    async fn the_reference_loads_its_own_files_alone() {
        let page = reference(HeaderMap::new()).await;
        assert!(page.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        let page = String::from_utf8(body(page).await).unwrap();
        for address in page.split(" src=\"").chain(page.split(" href=\"")).skip(1) {
            let name = address.split('"').next().unwrap();
            if name.starts_with("/page/") {
                assert_eq!(get(name, &[]).await.status(), StatusCode::OK, "{name}");
            }
        }
        assert!(!page.contains("//") || !page.contains("https://"), "{page}");
    }

    #[tokio::test]
    async fn every_file_that_the_page_names_is_served_and_nothing_else() {
        let index = page(HeaderMap::new()).await;
        assert!(
            index.headers()[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        let index = String::from_utf8(body(index).await).unwrap();
        let names: Vec<&str> = index
            .split("\"/page/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(names.len() > 3, "{names:?}");
        for row in STAGES.rows() {
            assert!(index.contains(&format!("data-stage=\"{}\"", row.name)), "{}", row.name);
        }
        for name in names {
            assert_eq!(
                get(&format!("/page/{name}"), &[]).await.status(),
                StatusCode::OK,
                "{name}"
            );
        }
        assert!(body(get("/page/lightweight-charts.js", &[]).await).await.len() > 100_000);
        for absent in [
            "/page/none.js",
            "/page/index.html",
            "/page/reference.html",
            "/page/../Cargo.toml",
            "/page/package.json",
            "/page/",
        ] {
            assert_eq!(get(absent, &[]).await.status(), StatusCode::NOT_FOUND, "{absent}");
        }
    }
}
