//! The sources of listed symbols, imitated by local servers that page, ask for fewer requests, fail half-way and change their
//! format: the list that comes of it, and that no failure touches the last good one.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::command::{stderr, stdout, tripod_command};
use crate::web::{Reply, Web, client, impatient};
use tripod::market::{
    Exchange, FetchProgress, Fetched, ListingKind, ListingSource, Origin, Ticker, UniverseError, UniverseFile,
    UniverseOptions, fetch_universe,
};
use tripod::net::HttpError;

const NASDAQ: &str = "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares\r\n\
    AAPL|Apple Inc. - Common Stock|Q|N|N|100|N|N\r\n\
    QQQ|Invesco QQQ Trust, Series 1|G|N|N|100|Y|N\r\n\
    ZVZZT|NASDAQ TEST STOCK|G|Y|N|100|N|N\r\n\
    File Creation Time: 1127202617:03|||||||\r\n";

const OTHER: &str = "ACT Symbol|Security Name|Exchange|CQS Symbol|ETF|Round Lot Size|Test Issue|NASDAQ Symbol\r\n\
    BRK.B|Berkshire Hathaway Inc. New Common Stock|N|BRK.B|N|40|N|BRK.B\r\n\
    S001|First Company Common Stock|N|S001|N|100|N|S001\r\n\
    ABR$D|Arbor Realty Trust 6.375% Series D Preferred Stock|N|ABRpD|N|100|N|ABR-D\r\n\
    ACHR.W|Archer Aviation Inc. Warrants|N|ACHR.WS|N|100|N|ACHR+\r\n\
    AAC.U|Ares III Units, each consisting of one share and a warrant|N|AAC.U|N|100|N|AAC=\r\n\
    SPY|SPDR S&P 500 ETF Trust|P|SPY|Y|100|N|SPY\r\n\
    File Creation Time: 1127202617:03||||||\r\n";

fn entry(total: usize, symbol: &str, name: &str, kind: &str, mic: &str) -> Value {
    json!({
        "total": total, "url": format!("https://www.nyse.com/quote/{mic}:{symbol}"), "exchangeId": "558",
        "instrumentType": kind, "symbolTicker": symbol, "symbolExchangeTicker": symbol, "normalizedTicker": symbol,
        "symbolEsignalTicker": symbol, "instrumentName": name, "micCode": mic,
    })
}

/// A page of the NYSE's service with the entries S001, S002, … of this range, of `total`.
fn page(total: usize, range: std::ops::Range<usize>) -> Reply {
    let company = |number: usize| {
        let symbol = format!("S{number:03}");
        entry(total, &symbol, &format!("COMPANY {number} INC"), "COMMON_STOCK", "XNYS")
    };
    Reply::json(&Value::Array(range.map(company).collect()))
}

/// Three pages.
fn pages() -> Vec<Reply> {
    vec![page(250, 1..101), page(250, 101..201), page(250, 201..251)]
}

fn directory() -> Vec<Reply> {
    vec![Reply::text(200, NASDAQ), Reply::text(200, OTHER)]
}

fn options(nyse: &Web, symbols: &Web) -> UniverseOptions {
    UniverseOptions {
        nyse_url: nyse.url.clone(),
        symbols_url: symbols.url.clone(),
        request: impatient(),
        pause: Duration::ZERO,
        ..UniverseOptions::default()
    }
}

fn at(day: u32) -> DateTime<Utc> {
    chrono::NaiveDate::from_ymd_opt(2026, 11, day)
        .unwrap()
        .and_hms_opt(12, 0, 0)
        .unwrap()
        .and_utc()
}

async fn fetch(folder: &Path, options: &UniverseOptions, day: u32) -> Result<Fetched, UniverseError> {
    let file = UniverseFile::in_folder(folder);
    fetch_universe(&client(), options, &file, at(day), &mut |_| {}).await
}

fn symbols(folder: &Path) -> Vec<String> {
    let universe = UniverseFile::in_folder(folder).current().unwrap();
    universe
        .listings()
        .iter()
        .map(|one| one.yahoo.as_str().to_owned())
        .collect()
}

fn asked_pages(web: &Web) -> Vec<u64> {
    let number = |body: &str| {
        serde_json::from_str::<Value>(body).unwrap()["pageNumber"]
            .as_u64()
            .unwrap()
    };
    web.seen().iter().map(|seen| number(&seen.body)).collect()
}

#[tokio::test]
async fn the_sources_become_one_list_with_each_security_once() {
    let (nyse, symbols_web) = (Web::answering(pages()).await, Web::answering(directory()).await);
    let folder = tempfile::tempdir().unwrap();
    let mut seen: Vec<FetchProgress> = Vec::new();
    let file = UniverseFile::in_folder(folder.path());
    let fetched = fetch_universe(&client(), &options(&nyse, &symbols_web), &file, at(27), &mut |step| {
        seen.push(step)
    })
    .await
    .unwrap();
    assert_eq!((fetched.listings, fetched.left_out), (258, 0));
    assert_eq!(fetched.warnings, Vec::<String>::new());

    let universe = file.current().unwrap();
    let origin = Origin::Fetched {
        at: at(27),
        sources: ListingSource::ALL.to_vec(),
    };
    assert_eq!(*universe.origin(), origin);
    let get = |symbol: &str| universe.get(&Ticker::parse(symbol).unwrap()).unwrap();
    // Both name this one: the directory's words, once.
    assert_eq!(
        (get("S001").name.as_str(), get("S001").exchange),
        ("First Company", Exchange::Nyse)
    );
    assert_eq!(get("S250").name, "COMPANY 250 INC");
    for (symbol, own, kind) in [
        ("BRK-B", "BRK.B", ListingKind::Stock),
        ("ABR-PD", "ABR$D", ListingKind::Preferred),
        ("ACHR-WT", "ACHR.W", ListingKind::Warrant),
        ("AAC-UN", "AAC.U", ListingKind::Unit),
        ("SPY", "SPY", ListingKind::Etf),
    ] {
        assert_eq!((get(symbol).symbol.as_str(), get(symbol).kind), (own, kind));
    }
    assert!(get("QQQ").etf && get("ZVZZT").test_issue && get("SPY").exchange == Exchange::NyseArca);

    let asked = &nyse.seen()[1];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/api/quotes/filter")
    );
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body,
        json!({"instrumentType": "EQUITY", "pageNumber": 2, "sortColumn": "NORMALIZED_TICKER", "sortOrder": "ASC",
               "maxResultsPerPage": 100, "filterToken": ""})
    );
    let paths: Vec<String> = symbols_web.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(paths, ["/nasdaqlisted.txt", "/otherlisted.txt"]);
    let steps: Vec<_> = seen
        .iter()
        .map(|step| (step.source.as_str(), step.page, step.pages, step.kept))
        .collect();
    assert_eq!(
        steps,
        [
            ("nyse", 1, 3, false),
            ("nyse", 2, 3, false),
            ("nyse", 3, 3, false),
            ("nasdaqlisted", 1, 1, false),
            ("otherlisted", 1, 1, false),
        ]
    );
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["universe.csv"]);
}

#[tokio::test]
async fn a_source_that_asks_for_fewer_requests_is_asked_again_later() {
    let mut replies = pages();
    replies.insert(1, Reply::text(429, "").header("retry-after", "0"));
    let (nyse, symbols_web) = (Web::answering(replies).await, Web::answering(directory()).await);
    let folder = tempfile::tempdir().unwrap();
    let fetched = fetch(folder.path(), &options(&nyse, &symbols_web), 27).await.unwrap();
    assert_eq!(fetched.listings, 258);
    assert_eq!(asked_pages(&nyse), [1, 2, 2, 3]);
}

#[tokio::test]
async fn a_fetch_pauses_between_requests_and_goes_on_after_an_interruption() {
    let (nyse, symbols_web) = (Web::answering(pages()).await, Web::answering(directory()).await);
    let folder = tempfile::tempdir().unwrap();
    let file = UniverseFile::in_folder(folder.path());
    let slow = UniverseOptions {
        pause: Duration::from_secs(3_600),
        ..options(&nyse, &symbols_web)
    };
    let (came, mut coming) = tokio::sync::mpsc::unbounded_channel();
    let mut show = |step: FetchProgress| came.send(step).unwrap();
    let client = client();
    tokio::select! {
        ended = fetch_universe(&client, &slow, &file, at(27), &mut show) => panic!("{ended:?}"),
        step = coming.recv() => assert_eq!(step.unwrap().page, 1),
    }
    // The fetch is dropped in its pause, as Ctrl-C does.
    assert_eq!(asked_pages(&nyse), [1]);
    assert!(!file.path().exists());
    let quick = options(&nyse, &symbols_web);
    let mut kept = Vec::new();
    fetch_universe(&client, &quick, &file, at(27), &mut |step| kept.push(step.kept))
        .await
        .unwrap();
    assert_eq!(asked_pages(&nyse), [1, 2, 3]);
    assert_eq!(kept, [true, false, false, false, false]);
}

#[tokio::test]
async fn a_fetch_that_failed_half_way_asks_only_for_the_rest_and_touches_no_list() {
    let folder = tempfile::tempdir().unwrap();
    let (nyse, symbols_web) = (Web::answering(pages()).await, Web::answering(directory()).await);
    fetch(folder.path(), &options(&nyse, &symbols_web), 20).await.unwrap();
    let good = fs::read(folder.path().join("universe.csv")).unwrap();

    let out_of_order = Reply::text(503, "");
    let mut replies = vec![page(250, 1..101), page(250, 101..201)];
    replies.extend(vec![out_of_order; 3]);
    // The same server works again after its three failures.
    replies.extend([page(250, 201..251)]);
    let (nyse, symbols_web) = (Web::answering(replies).await, Web::answering(directory()).await);
    let options = options(&nyse, &symbols_web);
    let error = fetch(folder.path(), &options, 27).await.unwrap_err();
    assert!(error.to_string().contains("NYSE"), "{error}");
    assert!(error.source().unwrap().to_string().contains("HTTP 503"), "{error:?}");
    assert_eq!(asked_pages(&nyse), [1, 2, 3, 3, 3]);
    assert_eq!(symbols_web.count(), 0);
    assert_eq!(fs::read(folder.path().join("universe.csv")).unwrap(), good);
    assert_eq!(symbols(folder.path()).len(), 258);

    fetch(folder.path(), &options, 27).await.unwrap();
    assert_eq!(asked_pages(&nyse), [1, 2, 3, 3, 3, 3]);
    let universe = UniverseFile::in_folder(folder.path()).current().unwrap();
    assert_eq!(universe.origin().date(), at(27).date_naive());
    assert!(!folder.path().join("universe.part").exists());
}

#[tokio::test]
async fn the_pages_of_yesterday_are_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut replies = vec![page(250, 1..101)];
    replies.extend(vec![Reply::text(503, ""); 3]);
    replies.extend(pages());
    let (nyse, symbols_web) = (Web::answering(replies).await, Web::answering(directory()).await);
    let options = options(&nyse, &symbols_web);
    fetch(folder.path(), &options, 26).await.unwrap_err();
    fetch(folder.path(), &options, 27).await.unwrap();
    assert_eq!(asked_pages(&nyse), [1, 2, 2, 2, 1, 2, 3]);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_asked_for_again() {
    let mut replies = pages();
    replies.insert(2, page(250, 201..251).cut());
    let symbols_web = Web::answering(vec![
        Reply::text(200, NASDAQ).cut(),
        Reply::text(200, NASDAQ),
        Reply::text(200, OTHER),
    ])
    .await;
    let nyse = Web::answering(replies).await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        fetch(folder.path(), &options(&nyse, &symbols_web), 27)
            .await
            .unwrap()
            .listings,
        258
    );
}

#[tokio::test]
async fn every_change_of_a_format_is_told_with_its_source_and_place_and_the_last_good_list_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (nyse, symbols_web) = (Web::answering(pages()).await, Web::answering(directory()).await);
    fetch(folder.path(), &options(&nyse, &symbols_web), 20).await.unwrap();
    let good = fs::read(folder.path().join("universe.csv")).unwrap();

    let mut renamed = entry(1, "A", "A", "COMMON_STOCK", "XNYS");
    let mic = renamed.as_object_mut().unwrap().remove("micCode").unwrap();
    renamed["mic"] = mic;
    let without_header = OTHER.lines().skip(1).collect::<Vec<_>>().join("\n");
    let without_trailer = OTHER.lines().take(4).collect::<Vec<_>>().join("\n");
    let fine = || Reply::text(200, NASDAQ);
    let other = |text: &str| vec![fine(), Reply::text(200, text)];
    let one_page = || vec![page(3, 1..4)];
    for (service, files, told) in [
        (
            vec![Reply::text(200, "<!doctype html>")],
            directory(),
            "listing service, page 1: expected JSON",
        ),
        (
            vec![Reply::json(&json!({"rows": []}))],
            directory(),
            "page 1: expected an array of listings",
        ),
        (
            vec![Reply::json(&json!([renamed]))],
            directory(),
            "page 1, entry 1: expected the field `micCode`",
        ),
        (vec![Reply::json(&json!([]))], directory(), "lists no security"),
        (
            vec![page(250, 1..101), page(250, 101..171), page(250, 201..241)],
            directory(),
            "announced 250 listings and sent 210",
        ),
        (vec![page(3, 1..3)], directory(), "announced 3 listings and sent 2"),
        (vec![page(900_000, 1..101)], directory(), "announces 900000 listings"),
        (vec![Reply::text(404, "gone")], directory(), "answered HTTP 404"),
        (
            one_page(),
            other(&without_header),
            "otherlisted.txt, line 1: expected a header with the field `ACT Symbol`",
        ),
        (
            one_page(),
            other(&without_trailer),
            "otherlisted.txt, line 4: expected `File Creation Time`",
        ),
        (
            one_page(),
            other(&OTHER.replacen("|CQS Symbol|", "|CQS|", 1)),
            "the field `CQS Symbol`",
        ),
        (
            one_page(),
            other(&OTHER.replacen("|40|N|BRK.B", "|40|N", 1)),
            "otherlisted.txt, line 2: expected 8 fields",
        ),
        (
            one_page(),
            other("<html>"),
            "otherlisted.txt, line 1: expected a header",
        ),
        (
            one_page(),
            vec![Reply::text(200, "")],
            "nasdaqlisted.txt, line 1: expected a header",
        ),
    ] {
        let (nyse, symbols_web) = (Web::answering(service).await, Web::answering(files).await);
        let error = fetch(folder.path(), &options(&nyse, &symbols_web), 27)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(told), "{told}: {error}");
        assert_eq!(fs::read(folder.path().join("universe.csv")).unwrap(), good, "{told}");
        fs::remove_file(folder.path().join("universe.part")).unwrap();
    }
}

#[tokio::test]
async fn one_entry_lost_on_each_page_is_a_warning() {
    let replies = vec![page(250, 1..100), page(250, 101..200), page(250, 201..250)];
    let (nyse, symbols_web) = (Web::answering(replies).await, Web::answering(directory()).await);
    let folder = tempfile::tempdir().unwrap();
    let fetched = fetch(folder.path(), &options(&nyse, &symbols_web), 27).await.unwrap();
    assert_eq!(
        fetched.warnings,
        ["the NYSE's listing service announced 250 listings and sent 247"]
    );
}

#[tokio::test]
async fn a_source_can_be_left_out() {
    let (nyse, symbols_web) = (
        Web::answering_once(Reply::text(403, "")).await,
        Web::answering(directory()).await,
    );
    let folder = tempfile::tempdir().unwrap();
    let all = options(&nyse, &symbols_web);
    let error = fetch(folder.path(), &all, 27).await.unwrap_err();
    let UniverseError::Http { source, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(
        matches!(source, HttpError::Unauthorized { status: 403, .. }),
        "{source}"
    );
    let rest = UniverseOptions {
        sources: vec![ListingSource::Nasdaqlisted, ListingSource::Otherlisted],
        ..all
    };
    fetch(folder.path(), &rest, 27).await.unwrap();
    assert_eq!(symbols(folder.path()).len(), 9);
    assert_eq!(nyse.count(), 1);
}

/// The binary against the local sources, with its cache in `folder`.
async fn run(folder: &Path, webs: [&Web; 2], arguments: &[&str]) -> std::process::Output {
    let mut command = tripod_command(arguments);
    command
        .env("TRIPOD_CACHE", folder)
        .env("TRIPOD_NYSE_URL", &webs[0].url)
        .env("TRIPOD_SYMBOLS_URL", &webs[1].url);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_replaces_the_bundled_list_and_says_how_old_the_list_is_that_a_failure_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let broken = Web::answering_once(Reply::text(200, "<html>")).await;
    let fetch = ["universe", "fetch", "--pause", "0"];
    let failed = run(folder.path(), [&broken, &broken], &fetch).await;
    assert_eq!(failed.status.code(), Some(1));
    let told = stderr(&failed);
    assert!(
        told.contains("warning: the bundled list of") && told.contains("days old"),
        "{told}"
    );
    assert!(
        told.contains("error: the listed symbols were not fetched: the NYSE's listing service, page 1"),
        "{told}"
    );

    let (nyse, symbols_web) = (Web::answering(pages()).await, Web::answering(directory()).await);
    let fine = run(folder.path(), [&nyse, &symbols_web], &fetch).await;
    assert_eq!(fine.status.code(), Some(0), "{}", stderr(&fine));
    assert!(
        stderr(&fine).contains("universe.csv: 258 listings"),
        "{}",
        stderr(&fine)
    );

    let listed = run(
        folder.path(),
        [&broken, &broken],
        &["universe", "list", "--exchange", "nasdaq"],
    )
    .await;
    assert_eq!(stdout(&listed), "AAPL\nQQQ\n");
    let tests = ["universe", "list", "--exchange", "nasdaq", "--no-etf", "--test-issues"];
    assert_eq!(
        stdout(&run(folder.path(), [&broken, &broken], &tests).await),
        "AAPL\nZVZZT\n"
    );
    let found = run(
        folder.path(),
        [&broken, &broken],
        &["universe", "search", "company", "249", "--json"],
    )
    .await;
    let found: Value = serde_json::from_str(&stdout(&found)).unwrap();
    assert_eq!(
        (&found[0]["yahoo"], &found[0]["type"]),
        (&json!("S249"), &json!("stock"))
    );

    let failed = run(folder.path(), [&broken, &broken], &fetch).await;
    assert_eq!(failed.status.code(), Some(1));
    let told = stderr(&failed);
    assert!(
        told.contains("warning: the list of 258 symbols that was fetched on") && told.contains("0 hours old"),
        "{told}"
    );
    assert_eq!(
        stdout(
            &run(
                folder.path(),
                [&broken, &broken],
                &["universe", "list", "--type", "warrant"]
            )
            .await
        ),
        "ACHR-WT\n"
    );
}
