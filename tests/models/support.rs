//! A model hub for tests: a loopback server that answers each request as the test scripts it, and can break off in the middle
//! of a body, which a regular server library cannot do. Also contains what the tests of pulling share.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use tripod::models::{Cache, HubOptions, Manifest, ModelsError, PullOptions, PulledFile, Puller};
use tripod::net::RetryPolicy;

/// A request as it was received.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: Vec<(String, String)>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first byte asked for.
    pub fn first_byte(&self) -> usize {
        self.header("range").map_or(0, |range| {
            range
                .trim_start_matches("bytes=")
                .trim_end_matches('-')
                .parse()
                .unwrap()
        })
    }
}

/// An answer, and how it goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Close the connection after this many bytes of the body.
    pub cut: Option<usize>,
    /// Keep the connection open after this many bytes, and send no more.
    pub stall: Option<usize>,
    /// Send the body in chunks, without a length.
    pub chunked: bool,
    /// Send neither a length nor chunks: the body ends when the connection does.
    pub unframed: bool,
}

impl Reply {
    pub fn status(status: u16) -> Reply {
        Reply {
            status,
            ..Reply::default()
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(mut self, body: &[u8]) -> Reply {
        self.body = body.to_vec();
        self
    }

    pub fn cut_after(mut self, bytes: usize) -> Reply {
        self.cut = Some(bytes);
        self
    }

    /// The file, whole or from the requested offset, as the hub serves it: with its hash as ETag.
    pub fn file(seen: &Seen, content: &[u8]) -> Reply {
        let (from, total) = (seen.first_byte(), content.len());
        let reply = match seen.header("range") {
            None => Reply::status(200).body(content),
            Some(_) if from >= total => Reply::status(416).with("content-range", format!("bytes */{total}")),
            Some(_) => Reply::status(206)
                .with("content-range", format!("bytes {from}-{}/{total}", total - 1))
                .body(&content[from..]),
        };
        reply
            .with("etag", format!("\"{}\"", sha256(content)))
            .with("x-repo-commit", "c0ffee")
    }
}

/// A server on its own port; it stops with the test's runtime.
pub struct Server {
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts a server; `script` receives each request with its number, counted from 0.
    pub async fn start(script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, script) = (Arc::clone(&seen), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&log), Arc::clone(&script)));
            }
        });
        Server { base, seen }
    }

    /// A hub that serves one file correctly.
    pub async fn of(content: &[u8]) -> Server {
        let content = content.to_vec();
        Server::start(move |seen, _| Reply::file(seen, &content)).await
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Vec<Seen>>>, script: Arc<impl Fn(&Seen, usize) -> Reply>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(k, v)| (k.to_ascii_lowercase(), v.to_owned()))
        .collect();
    let seen = Seen { path, headers };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(seen.clone());
        log.len() - 1
    };
    let reply = script(&seen, number);
    let mut out = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    match (reply.chunked, reply.unframed) {
        (true, _) => out.push_str("transfer-encoding: chunked\r\n\r\n"),
        (_, true) => out.push_str("\r\n"),
        _ => out.push_str(&format!("content-length: {}\r\n\r\n", reply.body.len())),
    }
    let until = reply
        .cut
        .or(reply.stall)
        .unwrap_or(reply.body.len())
        .min(reply.body.len());
    let mut wire = out.into_bytes();
    if reply.chunked {
        for chunk in reply.body[..until].chunks(16) {
            wire.extend(
                format!("{:x}\r\n", chunk.len())
                    .bytes()
                    .chain(chunk.iter().copied())
                    .chain(*b"\r\n"),
            );
        }
        if until == reply.body.len() {
            wire.extend(b"0\r\n\r\n");
        }
    } else {
        wire.extend(&reply.body[..until]);
    }
    let _ = stream.write_all(&wire).await;
    if reply.stall.is_some() {
        std::future::pending::<()>().await;
    }
    let _ = stream.shutdown().await;
}

/// SHA-256 in hex.
pub fn sha256(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Bytes without a repeating pattern, so that a wrong offset is detected.
pub fn content(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// A manifest of one file on the hub; `pin` holds TOML lines about the file.
pub fn hub_manifest(pin: &str) -> Manifest {
    let text = format!(
        "id = \"little\"\nroles = [\"reporter\"]\nformat = \"gguf\"\nlicence = \"MIT\"\ndescription = \"d\"\n\
         [[files]]\nname = \"w.gguf\"\npart = \"weights\"\n{pin}\n\
         [[files.sources]]\nkind = \"hub\"\nrepo = \"someone/little\"\npath = \"sub/w.gguf\"\n"
    );
    Manifest::parse(&text, "test.toml").unwrap()
}

/// Download options for a test server, with short delays.
pub fn options(base: &str) -> PullOptions {
    let hub = HubOptions {
        base_url: base.parse().unwrap(),
        ..HubOptions::default()
    };
    let retry = RetryPolicy {
        retries: 3,
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(5),
        longest_wait: Duration::from_secs(5),
        total: Duration::from_secs(60),
    };
    PullOptions {
        hub,
        retry,
        ..PullOptions::default()
    }
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

/// A cache in a folder of its own.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub cache: Cache,
}

impl Place {
    pub fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        Place { folder, cache }
    }

    pub fn model(&self) -> PathBuf {
        self.folder.path().join("models/little")
    }

    pub fn target(&self) -> PathBuf {
        self.model().join("w.gguf")
    }

    pub fn part(&self) -> PathBuf {
        self.model().join("w.gguf.part")
    }

    pub async fn pull(&self, manifest: &Manifest, options: &PullOptions) -> Result<PulledFile, ModelsError> {
        Puller::new(&self.cache, options)
            .pull(manifest, &mut |_| {})
            .await
            .map(|mut files| files.remove(0))
    }

    /// The complete file exists under its name, with no other files beside it.
    pub fn holds(&self, content: &[u8]) {
        assert_eq!(fs::read(self.target()).unwrap(), content);
        assert_eq!(names(&self.model()), ["w.gguf"]);
    }
}

pub fn once(options: PullOptions) -> PullOptions {
    PullOptions {
        retry: RetryPolicy {
            retries: 0,
            ..options.retry
        },
        ..options
    }
}

pub fn forced(options: PullOptions) -> PullOptions {
    PullOptions { force: true, ..options }
}
