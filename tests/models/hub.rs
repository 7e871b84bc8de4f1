//! How downloads handle a hub's answers: redirects, refusals, delays, failures and wrong headers, from a loopback server that
//! implements the hub's protocol and violates it on purpose.

use std::fs;

use crate::support::{Place, Reply, Server, content, hub_manifest, names, once, options, sha256};

use tripod::models::{HubOptions, ModelsError, Puller};
use tripod::net::Secret;

#[tokio::test]
async fn the_token_goes_to_the_hub_and_not_behind_its_redirect() {
    let (place, whole) = (Place::new(), content(900));
    let store = Server::of(&whole).await;
    let (address, hash) = (format!("{}/blob?signature=secret", store.base), sha256(&whole));
    let hub = Server::start(move |_, _| {
        Reply::status(302)
            .with("location", &address)
            .with("x-linked-etag", format!("\"{hash}\""))
            .with("x-linked-size", "900")
            .with("x-repo-commit", "beef")
    })
    .await;
    let mut options = options(&hub.base);
    options.hub.token = Some(Secret::new("hf_abc"));
    place.pull(&hub_manifest(""), &options).await.unwrap();
    place.holds(&whole);
    assert_eq!(hub.seen()[0].header("authorization"), Some("Bearer hf_abc"));
    assert_eq!(store.seen()[0].header("authorization"), None);
    let lock = fs::read_to_string(place.folder.path().join("models/lock.json")).unwrap();
    assert!(
        lock.contains("beef") && !lock.contains("hf_abc") && !lock.contains("signature"),
        "{lock}"
    );
}

#[tokio::test]
async fn content_behind_a_redirect_that_is_not_what_the_hub_announced_is_refused_and_not_kept() {
    let (place, right, wrong) = (Place::new(), content(900), vec![1; 900]);
    let store = Server::start(move |_, _| Reply::status(200).with("etag", "\"md5\"").body(&wrong)).await;
    let (address, hash) = (format!("{}/blob", store.base), sha256(&right));
    let hub = Server::start(move |_, _| {
        Reply::status(302)
            .with("location", &address)
            .with("x-linked-etag", format!("\"{hash}\""))
    })
    .await;
    let error = place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap_err();
    assert!(
        matches!(&error, ModelsError::WrongHash { expected, .. } if *expected == sha256(&right)),
        "{error}"
    );
    assert!(names(&place.model()).is_empty());
}

#[tokio::test]
async fn a_signed_link_that_ran_out_is_asked_for_anew() {
    let (place, whole) = (Place::new(), content(100));
    let body = whole.clone();
    let store = Server::start(move |seen, number| {
        if number == 0 {
            Reply::status(403)
        } else {
            Reply::file(seen, &body)
        }
    })
    .await;
    let address = format!("{}/blob", store.base);
    let hub = Server::start(move |_, _| Reply::status(302).with("location", &address)).await;
    place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap();
    assert_eq!(hub.seen().len(), 2);
}

#[tokio::test]
async fn a_redirect_without_end_is_given_up() {
    let place = Place::new();
    let hub = Server::start(|_, _| Reply::status(302).with("location", "/again")).await;
    let error = place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap_err();
    assert!(matches!(error, ModelsError::BadRedirect { .. }), "{error}");
    assert!(hub.seen().len() <= 11);
}

#[tokio::test]
async fn a_refusal_says_to_set_a_token_or_to_accept_the_licence_and_never_shows_the_token() {
    for status in [401, 403] {
        let place = Place::new();
        let hub = Server::start(move |_, _| Reply::status(status)).await;
        let mut options = options(&hub.base);
        let error = place.pull(&hub_manifest(""), &options).await.unwrap_err().to_string();
        assert!(
            error.contains("HF_TOKEN") && error.contains("licence") && error.contains("someone/little"),
            "{error}"
        );
        options.hub.token = Some(Secret::new("hf_abc"));
        let error = place.pull(&hub_manifest(""), &options).await.unwrap_err();
        assert!(
            error.to_string().contains("licence") && !format!("{error:?}{error}").contains("hf_abc"),
            "{error}"
        );
        assert_eq!(hub.seen().len(), 2, "a refusal is not tried again");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named_with_repository_and_revision() {
    let place = Place::new();
    let hub = Server::start(|_, _| Reply::status(404)).await;
    let error = place
        .pull(&hub_manifest(""), &options(&hub.base))
        .await
        .unwrap_err()
        .to_string();
    for word in ["someone/little", "main", "sub/w.gguf"] {
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(hub.seen().len(), 1);
}

#[tokio::test]
async fn a_pause_that_the_hub_asks_for_is_kept_and_the_pull_goes_on() {
    let (place, whole) = (Place::new(), content(100));
    let body = whole.clone();
    let hub = Server::start(move |seen, number| {
        if number == 0 {
            Reply::status(429).with("retry-after", "1")
        } else {
            Reply::file(seen, &body)
        }
    })
    .await;
    let mut waits = Vec::new();
    let options = options(&hub.base);
    let pulled = Puller::new(&place.cache, &options)
        .pull(&hub_manifest(""), &mut |step| waits.push(format!("{step:?}")))
        .await;
    assert!(pulled.is_ok());
    assert!(
        waits
            .iter()
            .any(|step| step.contains("Waiting") && step.contains("delay: Some(1s)")),
        "{waits:?}"
    );
    place.holds(&whole);
}

#[tokio::test]
async fn a_pause_longer_than_anybody_waits_is_said_and_not_slept() {
    let place = Place::new();
    let hub = Server::start(|_, _| Reply::status(429).with("retry-after", "86400")).await;
    let error = place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap_err();
    assert!(error.to_string().contains("86400"), "{error}");
    assert_eq!(hub.seen().len(), 1);
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again_and_given_up_after_the_last_retry() {
    let (place, whole) = (Place::new(), content(100));
    let body = whole.clone();
    let hub = Server::start(move |seen, number| {
        if number < 3 {
            Reply::status(502)
        } else {
            Reply::file(seen, &body)
        }
    })
    .await;
    place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap();
    place.holds(&whole);

    let place = Place::new();
    let hub = Server::start(|_, _| Reply::status(500)).await;
    let error = place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap_err();
    assert!(matches!(error, ModelsError::Status { status: 500, .. }), "{error}");
    assert_eq!(hub.seen().len(), 4, "one try and three retries");
}

#[tokio::test]
async fn a_hash_or_a_length_that_is_announced_wrong_is_refused_before_a_byte_is_written() {
    let place = Place::new();
    let server = Server::of(&content(100)).await;
    let pin = format!("sha256 = \"{}\"", sha256(b"something else"));
    for (pin, expected) in [(pin.as_str(), "sha256"), ("bytes = 99", "99")] {
        let error = place
            .pull(&hub_manifest(pin), &options(&server.base))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
        assert!(names(&place.model()).is_empty());
    }
}

#[tokio::test]
async fn a_body_longer_or_shorter_than_announced_is_found_out() {
    for (length, announced) in [(200, "100"), (100, "200")] {
        let place = Place::new();
        let hub = Server::start(move |_, _| Reply {
            chunked: true,
            ..Reply::status(200)
                .with("x-linked-size", announced)
                .body(&content(length))
        })
        .await;
        let error = place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap_err();
        assert!(
            matches!(error, ModelsError::WrongSize { .. } | ModelsError::Cut { .. }),
            "{length} for {announced}: {error}"
        );
        assert!(!place.target().exists());
    }
    let place = Place::new();
    let hub = Server::start(|_, _| Reply::status(200).with("x-linked-size", "100").body(&content(101))).await;
    let error = place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap_err();
    assert!(
        matches!(
            error,
            ModelsError::WrongSize {
                expected: 100,
                found: 101,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_body_that_only_ends_with_the_connection_is_refused_unless_a_hash_vouches_for_it() {
    let (place, whole) = (Place::new(), content(100));
    let body = whole.clone();
    let hub = Server::start(move |_, _| Reply {
        unframed: true,
        ..Reply::status(200).body(&body)
    })
    .await;
    let error = place.pull(&hub_manifest(""), &options(&hub.base)).await.unwrap_err();
    assert!(matches!(error, ModelsError::Unmeasured { .. }), "{error}");
    place
        .pull(
            &hub_manifest(&format!("sha256 = \"{}\"", sha256(&whole))),
            &options(&hub.base),
        )
        .await
        .unwrap();
    place.holds(&whole);
}

#[tokio::test]
async fn the_mirror_is_asked_without_the_token_when_the_hub_is_down() {
    let (place, whole) = (Place::new(), content(100));
    let (hub, mirror) = (Server::start(|_, _| Reply::status(503)).await, Server::of(&whole).await);
    let mut options = once(options(&hub.base));
    options.hub = HubOptions {
        mirror: Some(mirror.base.parse().unwrap()),
        token: Some(Secret::new("hf_abc")),
        ..options.hub
    };
    place.pull(&hub_manifest(""), &options).await.unwrap();
    assert_eq!(mirror.seen()[0].header("authorization"), None);

    let refusing = Server::start(|_, _| Reply::status(404)).await;
    options.hub.base_url = refusing.base.parse().unwrap();
    let place = Place::new();
    place.pull(&hub_manifest(""), &options).await.unwrap_err();
    assert_eq!(
        mirror.seen().len(),
        1,
        "a file that the hub does not have is not looked for elsewhere"
    );
}

#[tokio::test]
async fn the_next_source_is_tried_when_one_fails_and_the_error_lists_them_all() {
    let (place, whole) = (Place::new(), content(100));
    let hub = Server::start(|_, _| Reply::status(404)).await;
    let local = place.folder.path().join("mine.gguf");
    let manifest = |path: &std::path::Path| {
        let mut manifest = hub_manifest("");
        manifest.files[0]
            .sources
            .push(tripod::models::Source::from_flag(path.to_str().unwrap()).unwrap());
        manifest
    };
    let error = place
        .pull(&manifest(&local), &options(&hub.base))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("someone/little") && error.contains("mine.gguf"),
        "{error}"
    );
    fs::write(&local, &whole).unwrap();
    place.pull(&manifest(&local), &options(&hub.base)).await.unwrap();
    place.holds(&whole);
}
