//! Downloads over a bad network and onto a bad disk: interrupted, stalled, changed and damaged files, the lock file, two pulls
//! at once. Two rules always hold: the final file name appears only with the right content, and a failed pull can be repeated.

use std::fs;
use std::time::Duration;

use crate::support::{Place, Reply, Seen, Server, content, forced, hub_manifest, names, once, options, sha256};
use tripod::models::{FreeSpace, ModelsError, PullOptions, Pulled};

#[tokio::test]
async fn a_pulled_file_is_recorded_and_never_asked_for_again() {
    let (place, whole) = (Place::new(), content(5000));
    let server = Server::of(&whole).await;
    let (manifest, options) = (hub_manifest(""), options(&server.base));

    let pulled = place.pull(&manifest, &options).await.unwrap();
    assert_eq!(
        (pulled.how, pulled.file.bytes, pulled.file.sha256),
        (Pulled::Fetched, 5000, sha256(&whole))
    );
    place.holds(&whole);
    assert_eq!(server.seen()[0].path, "/someone/little/resolve/main/sub/w.gguf");

    let lock = fs::read_to_string(place.folder.path().join("models/lock.json")).unwrap();
    assert!(
        lock.contains(&sha256(&whole)) && lock.contains("c0ffee") && lock.contains("hub:someone/little@main"),
        "{lock}"
    );
    assert_eq!(place.pull(&manifest, &options).await.unwrap().how, Pulled::AlreadyThere);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_pull_cut_at_any_byte_and_started_again_ends_with_a_right_file() {
    let whole = content(160);
    for cut in 0..whole.len() {
        let (place, body) = (Place::new(), whole.clone());
        let server = Server::start(move |seen, number| match number {
            0 => Reply::file(seen, &body).cut_after(cut),
            _ => Reply::file(seen, &body),
        })
        .await;
        let (manifest, options) = (hub_manifest(""), once(options(&server.base)));
        let error = place.pull(&manifest, &options).await.unwrap_err();
        assert!(
            matches!(error, ModelsError::Cut { got, announced: 160, .. } if got <= cut as u64),
            "cut at {cut}: {error}"
        );
        assert!(
            !place.target().exists(),
            "cut at {cut}: nothing half under the final name"
        );
        let kept = fs::metadata(place.part()).unwrap().len() as usize;
        place.pull(&manifest, &options).await.unwrap();
        place.holds(&whole);
        assert_eq!(
            server.seen()[1].first_byte(),
            kept,
            "cut at {cut}: the second pull goes on where the first stopped"
        );
    }
}

#[tokio::test]
async fn a_connection_that_breaks_again_and_again_is_taken_up_each_time_within_one_pull() {
    let (place, whole) = (Place::new(), content(4000));
    let body = whole.clone();
    let server = Server::start(move |seen, number| {
        if number < 3 {
            Reply::file(seen, &body).cut_after(1000)
        } else {
            Reply::file(seen, &body)
        }
    })
    .await;
    place.pull(&hub_manifest(""), &options(&server.base)).await.unwrap();
    place.holds(&whole);
    let starts: Vec<_> = server.seen().iter().map(Seen::first_byte).collect();
    assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "{starts:?}");
}

#[tokio::test]
async fn a_server_without_ranges_is_downloaded_from_the_first_byte_again() {
    let (place, whole) = (Place::new(), content(300));
    let body = whole.clone();
    let server = Server::start(move |_, number| {
        let reply = Reply::status(200).with("etag", "\"a\"").body(&body);
        if number == 0 { reply.cut_after(100) } else { reply }
    })
    .await;
    place.pull(&hub_manifest(""), &options(&server.base)).await.unwrap();
    place.holds(&whole);
    assert_eq!(server.seen()[1].header("if-range"), Some("\"a\""));
}

#[tokio::test]
async fn a_file_that_changed_between_two_tries_is_not_glued_together() {
    let (place, old, new) = (Place::new(), content(300), vec![7; 300]);
    let (first, second) = (old, new.clone());
    // This server ignores If-Range and sends the rest of the new file after the beginning of the old one.
    let server = Server::start(move |seen, number| {
        if number == 0 {
            Reply::file(seen, &first).cut_after(100)
        } else {
            Reply::file(seen, &second)
        }
    })
    .await;
    place.pull(&hub_manifest(""), &options(&server.base)).await.unwrap();
    place.holds(&new);
}

#[tokio::test]
async fn a_damaged_partial_file_costs_a_fresh_start_and_no_error() {
    let (place, whole) = (Place::new(), content(300));
    let body = whole.clone();
    let server = Server::start(move |seen, number| {
        if number == 0 {
            Reply::file(seen, &body).cut_after(200)
        } else {
            Reply::file(seen, &body)
        }
    })
    .await;
    let (manifest, once) = (hub_manifest(""), once(options(&server.base)));
    place.pull(&manifest, &once).await.unwrap_err();
    let kept = fs::metadata(place.part()).unwrap().len() as usize;
    fs::write(place.part(), vec![0; kept]).unwrap();
    place.pull(&manifest, &once).await.unwrap();
    place.holds(&whole);
}

#[tokio::test]
async fn a_whole_partial_file_that_was_never_renamed_is_finished_without_a_download() {
    let (place, whole) = (Place::new(), content(300));
    let body = whole.clone();
    let server = Server::start(move |seen, number| {
        if number == 0 {
            Reply::file(seen, &body).cut_after(299)
        } else {
            Reply::file(seen, &body)
        }
    })
    .await;
    let (manifest, once) = (hub_manifest(""), once(options(&server.base)));
    place.pull(&manifest, &once).await.unwrap_err();
    fs::write(place.part(), &whole).unwrap();
    place.pull(&manifest, &once).await.unwrap();
    place.holds(&whole);
    assert_eq!(server.seen().len(), 2, "the answer 416 is enough");
}

#[tokio::test]
async fn a_body_that_stands_still_is_given_up_and_taken_up_again() {
    let (place, whole) = (Place::new(), content(500));
    let body = whole.clone();
    let hub = Server::start(move |seen, number| match number {
        0 => Reply {
            stall: Some(200),
            ..Reply::file(seen, &body)
        },
        _ => Reply::file(seen, &body),
    })
    .await;
    let mut options = options(&hub.base);
    options.hub.idle_timeout = Duration::from_millis(500);
    place.pull(&hub_manifest(""), &options).await.unwrap();
    place.holds(&whole);
}

#[tokio::test]
async fn a_pull_that_is_dropped_in_the_middle_leaves_a_partial_file_that_the_next_one_goes_on_with() {
    let (place, whole) = (Place::new(), content(500));
    let body = whole.clone();
    let hub = Server::start(move |seen, number| match number {
        0 => Reply {
            stall: Some(200),
            ..Reply::file(seen, &body)
        },
        _ => Reply::file(seen, &body),
    })
    .await;
    let (manifest, options) = (hub_manifest(""), options(&hub.base));
    let dropped = tokio::time::timeout(Duration::from_millis(500), place.pull(&manifest, &options)).await;
    assert!(dropped.is_err() && !place.target().exists());
    place.pull(&manifest, &options).await.unwrap();
    place.holds(&whole);
}

#[tokio::test]
async fn a_wrong_body_is_refused_with_both_hashes_and_thrown_away() {
    let (place, wrong) = (Place::new(), content(100));
    let body = wrong.clone();
    let hub = Server::start(move |_, _| Reply::status(200).body(&body)).await;
    let pinned = sha256(b"something else");
    let error = place
        .pull(&hub_manifest(&format!("sha256 = \"{pinned}\"")), &options(&hub.base))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains(&pinned) && error.contains(&sha256(&wrong)), "{error}");
    assert!(names(&place.model()).is_empty());
}

#[tokio::test]
async fn the_hash_of_the_first_pull_binds_the_second_until_it_is_forced() {
    let (place, old, new) = (Place::new(), content(100), content(150));
    let manifest = hub_manifest("");
    place
        .pull(&manifest, &options(&Server::of(&old).await.base))
        .await
        .unwrap();
    place.cache.remove("little").unwrap();

    let moved = Server::of(&new).await;
    let error = place
        .pull(&manifest, &options(&moved.base))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("lock file") && error.contains("--force") && error.contains(&sha256(&old)),
        "{error}"
    );
    place.pull(&manifest, &forced(options(&moved.base))).await.unwrap();
    place.holds(&new);
    assert_eq!(
        place.pull(&manifest, &options(&moved.base)).await.unwrap().how,
        Pulled::AlreadyThere
    );
}

#[tokio::test]
async fn a_changed_file_in_the_cache_is_an_error_until_a_forced_pull_mends_it() {
    let (place, whole) = (Place::new(), content(100));
    let server = Server::of(&whole).await;
    let (manifest, options) = (hub_manifest(""), options(&server.base));
    place.pull(&manifest, &options).await.unwrap();
    fs::write(place.target(), "damaged").unwrap();
    let error = place.pull(&manifest, &options).await.unwrap_err().to_string();
    assert!(
        error.contains("tripod models pull little --force") && error.contains(&sha256(b"damaged")),
        "{error}"
    );
    assert_eq!(
        fs::read(place.target()).unwrap(),
        b"damaged",
        "nothing is replaced unasked"
    );
    place.pull(&manifest, &forced(options)).await.unwrap();
    place.holds(&whole);
}

#[tokio::test]
async fn a_full_disk_is_said_before_the_download_begins() {
    let place = Place::new();
    let server = Server::of(&content(100)).await;
    let options = PullOptions {
        free_space: FreeSpace::measured_by(|_| Ok(50)),
        ..options(&server.base)
    };
    let error = place.pull(&hub_manifest(""), &options).await.unwrap_err();
    assert!(
        matches!(
            error,
            ModelsError::DiskFull {
                need: 100,
                free: 50,
                ..
            }
        ),
        "{error}"
    );
    assert!(names(&place.model()).is_empty());
}

/// `/dev/full` stands in for a disk that fills up: every write to it fails as on a full disk.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_fills_up_in_the_middle_is_said_as_such() {
    let place = Place::new();
    let server = Server::of(&content(100)).await;
    fs::create_dir_all(place.model()).unwrap();
    std::os::unix::fs::symlink("/dev/full", place.part()).unwrap();
    let error = place.pull(&hub_manifest(""), &options(&server.base)).await.unwrap_err();
    assert!(matches!(error, ModelsError::DiskFull { .. }), "{error}");
    assert!(!place.target().exists());
}

#[tokio::test]
async fn two_pulls_at_once_download_once() {
    let (place, whole) = (Place::new(), content(2000));
    let server = Server::of(&whole).await;
    let (manifest, options) = (hub_manifest(""), options(&server.base));
    let (one, two) = tokio::join!(place.pull(&manifest, &options), place.pull(&manifest, &options));
    let mut ways = [one.unwrap().how, two.unwrap().how];
    ways.sort_by_key(|how| *how == Pulled::Fetched);
    assert_eq!(ways, [Pulled::AlreadyThere, Pulled::Fetched]);
    assert_eq!(server.seen().len(), 1);
    place.holds(&whole);
}
