//! The store's public interface: stored analyses can be read back, whatever happens in between.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{env, fs};

use crate::failures::sample_of_failures;
use crate::own_process;
use crate::sample::sample;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;

use tripod::analysis::Analysis;
use tripod::store::{BacktestSummary, Page, Store, StoreError};

/// The sample's forecast.
const DAYS: i64 = 30;

/// The analysis with this number; three of them share each second.
fn numbered(number: i64) -> Analysis {
    let mut analysis = sample();
    analysis.id = format!("analysis-{number:06}");
    analysis.created += number / 3;
    if number % 2 == 1 {
        analysis.ticker = "MSFT".into();
    }
    analysis
}

async fn filled(count: i64) -> Store {
    let store = Store::in_memory().await.unwrap();
    for number in 0..count {
        store.keep(&numbered(number)).await.unwrap();
    }
    store
}

fn place(folder: &TempDir) -> PathBuf {
    folder.path().join("made/for/it/ledger.db")
}

/// The same file, opened as another program would.
async fn bare(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.unwrap()
}

/// Checks that every analysis is complete (readable, with all its days) and that no day lacks its analysis. Returns the number
/// of analyses.
async fn whole_analyses(path: &Path) -> i64 {
    let store = Store::open(path).await.unwrap();
    let mut page = Page {
        limit: 100,
        ..Page::default()
    };
    loop {
        let listing = store.list(&page).await.unwrap();
        for summary in &listing.data {
            let body = store.get(&summary.id).await.unwrap().unwrap();
            assert_eq!(serde_json::from_str::<Analysis>(&body).unwrap().id, summary.id);
        }
        page.after = listing.last_id;
        if !listing.has_more {
            break;
        }
    }
    let count = store.count().await.unwrap();
    store.close().await;
    let mut connection = bare(path).await;
    let days: i64 = sqlx::query_scalar("SELECT count(*) FROM forecast_days")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(days, count * DAYS);
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(sound, "ok");
    connection.close().await.unwrap();
    count
}

#[tokio::test]
async fn an_analysis_comes_back_as_it_was_kept() {
    let store = Store::in_memory().await.unwrap();
    for analysis in [
        sample(),
        Analysis {
            id: "analysis-2".into(),
            ..sample_of_failures()
        },
    ] {
        store.keep(&analysis).await.unwrap();
        let body = store.get(&analysis.id).await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<Analysis>(&body).unwrap(), analysis);
    }
    assert_eq!(store.get("analysis-3").await.unwrap(), None);
    assert_eq!(store.get("' OR 1=1 --\0").await.unwrap(), None);
}

#[tokio::test]
async fn an_id_is_kept_once_and_stays_as_it_was() {
    let store = Store::in_memory().await.unwrap();
    store.keep(&sample()).await.unwrap();
    let changed = Analysis {
        ticker: "MSFT".into(),
        ..sample()
    };
    store.keep(&changed).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 1);
    assert_eq!(store.list(&Page::default()).await.unwrap().data[0].ticker, "AAPL");
}

#[tokio::test]
async fn the_list_goes_from_the_newest_to_the_oldest_in_pages() {
    let store = filled(7).await;
    let mut seen = Vec::new();
    let mut page = Page {
        limit: 3,
        ..Page::default()
    };
    for (entries, has_more) in [(3, true), (3, true), (1, false)] {
        let listing = store.list(&page).await.unwrap();
        assert_eq!((listing.data.len(), listing.has_more), (entries, has_more));
        assert_eq!(
            listing.first_id.as_ref(),
            listing.data.first().map(|summary| &summary.id)
        );
        assert_eq!(listing.last_id.as_ref(), listing.data.last().map(|summary| &summary.id));
        seen.extend(listing.data.into_iter().map(|summary| summary.id));
        page.after = listing.last_id;
    }
    let newest_first: Vec<String> = (0..7).rev().map(|number| numbered(number).id).collect();
    assert_eq!(seen, newest_first);
}

#[tokio::test]
async fn what_is_kept_between_two_pages_moves_nothing() {
    let store = filled(4).await;
    let mut page = Page {
        limit: 2,
        ..Page::default()
    };
    page.after = store.list(&page).await.unwrap().last_id;
    store.keep(&numbered(100)).await.unwrap();
    let rest = store.list(&page).await.unwrap();
    let ids: Vec<&str> = rest.data.iter().map(|summary| summary.id.as_str()).collect();
    assert_eq!(ids, [numbered(1).id, numbered(0).id]);
}

#[tokio::test]
async fn the_list_of_one_ticker_has_no_other() {
    let store = filled(6).await;
    let page = |ticker: &str| Page {
        limit: 2,
        ticker: Some(ticker.into()),
        ..Page::default()
    };
    let listing = store.list(&page("MSFT")).await.unwrap();
    let ids: Vec<&str> = listing.data.iter().map(|summary| summary.id.as_str()).collect();
    assert_eq!(ids, [numbered(5).id, numbered(3).id]);
    assert!(listing.has_more);
    let nothing = store.list(&page("%")).await.unwrap();
    assert_eq!(
        (nothing.data.len(), nothing.first_id, nothing.has_more),
        (0, None, false)
    );
}

#[tokio::test]
async fn a_line_of_the_list_carries_the_figures_and_null_for_stages_that_did_not_run() {
    let store = Store::in_memory().await.unwrap();
    let failed = Analysis {
        id: "analysis-0".into(),
        ..sample_of_failures()
    };
    for analysis in [&failed, &sample()] {
        store.keep(analysis).await.unwrap();
    }
    let listing = serde_json::to_value(store.list(&Page::default()).await.unwrap()).unwrap();
    let sample = sample();
    let wanted = serde_json::json!({
        "id": sample.id, "object": "analysis.summary", "created": sample.created, "ticker": "AAPL", "as_of": "2013-03-01",
        "horizon": DAYS, "last_close": sample.last_close,
        "expected_return": sample.forecast.unwrap().expected_return,
        "direction": "bullish", "call": "none", "recommendation": "hold", "net_score": 0.23,
    });
    assert_eq!(listing["object"], "list");
    // Within the same second, the higher id counts as newer.
    assert_eq!(listing["data"][0], wanted);
    for stage in ["horizon", "expected_return", "direction", "recommendation", "net_score"] {
        assert_eq!(listing["data"][1][stage], serde_json::Value::Null, "{stage}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_is_the_callers_mistake() {
    let store = filled(1).await;
    let page = |limit: i64, after: Option<&str>| Page {
        limit,
        after: after.map(str::to_owned),
        ticker: None,
    };
    for limit in [0, -1, 101, i64::MAX] {
        let refused = store.list(&page(limit, None)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Limit { most: 100, .. }), "{refused:?}");
    }
    assert_eq!(store.list(&page(100, None)).await.unwrap().data.len(), 1);
    let refused = store.list(&page(20, Some("analysis-nowhere"))).await.unwrap_err();
    assert!(matches!(refused, StoreError::UnknownAfter), "{refused:?}");
}

#[tokio::test]
async fn pruning_takes_the_oldest_with_their_days() {
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let store = Store::open(&path).await.unwrap();
    for number in 0..5 {
        store.keep(&numbered(number)).await.unwrap();
    }
    assert_eq!(store.prune(5).await.unwrap(), 0);
    assert_eq!(store.prune(2).await.unwrap(), 3);
    assert_eq!(store.get(&numbered(2).id).await.unwrap(), None);
    assert!(store.get(&numbered(3).id).await.unwrap().is_some());
    store.close().await;
    assert_eq!(whole_analyses(&path).await, 2);
}

#[tokio::test]
async fn a_deleted_analysis_is_gone_with_its_days_and_no_other() {
    let store = filled(3).await;
    assert!(store.delete("analysis-000001").await.unwrap());
    assert!(!store.delete("analysis-000001").await.unwrap());
    assert_eq!(store.get("analysis-000001").await.unwrap(), None);
    assert!(store.get("analysis-000002").await.unwrap().is_some());
    assert_eq!(store.count().await.unwrap(), 2);
}

#[tokio::test]
async fn backtests_are_listed_newest_first_and_deleted_and_inputs_are_told() {
    let store = filled(1).await;
    let line = |number: i64| BacktestSummary {
        id: format!("backtest-{number}"),
        object: "backtest.summary",
        created: 1_700_000_000 + number,
        ticker: if number == 2 { "MSFT" } else { "AAPL" }.into(),
        from: "2012-01-03".parse().unwrap(),
        until: "2012-02-03".parse().unwrap(),
        horizon: 5,
        origins: 4,
        mae: 1.5,
        naive_mae: Some(1.25),
        verdict: None,
    };
    for number in 1..=3 {
        let inputs = (number == 3).then(|| "{\"seed\":1}".to_owned());
        store
            .keep_backtest(&line(number), inputs, format!("{{\"n\":{number}}}"))
            .await
            .unwrap();
    }
    let listing = store.backtests(None, 2).await.unwrap();
    assert_eq!((listing.data, listing.has_more), (vec![line(3), line(2)], true));
    assert_eq!(store.backtests(Some("MSFT"), 9).await.unwrap().data, [line(2)]);
    assert_eq!(store.backtest("backtest-1").await.unwrap().unwrap(), "{\"n\":1}");
    assert_eq!(store.inputs("backtest-3").await.unwrap().unwrap(), "{\"seed\":1}");
    assert_eq!(store.inputs("backtest-1").await.unwrap(), None);
    assert_eq!(store.inputs("analysis-000000").await.unwrap(), None);
    assert_eq!(
        store.prune(2).await.unwrap(),
        1,
        "of analyses and of backtests the newest stay"
    );
    assert_eq!(store.backtests(None, 9).await.unwrap().data, [line(3), line(2)]);
    assert!(store.delete("backtest-2").await.unwrap());
    assert_eq!(store.backtests(None, 9).await.unwrap().data.len(), 1);
    assert_eq!(store.count().await.unwrap(), 1);
}

#[tokio::test]
async fn a_store_is_there_again_after_it_was_closed() {
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let store = Store::open(&path).await.unwrap();
    store.keep(&sample()).await.unwrap();
    store.close().await;
    assert_eq!(whole_analyses(&path).await, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_a_store() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let store = Store::open(&path).await.unwrap();
    store.keep(&sample()).await.unwrap();
    let files: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(files.len() > 1, "the journal stands beside the file");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

#[tokio::test]
async fn a_forecasts_days_stand_in_rows_of_their_own() {
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let store = Store::open(&path).await.unwrap();
    store.keep(&sample()).await.unwrap();
    let row: (i64, String, f64, f64, f64) = sqlx::query_as(
        "SELECT step, date, median, low, high FROM forecast_days WHERE analysis_id = $1 ORDER BY step DESC LIMIT 1",
    )
    .bind(sample().id)
    .fetch_one(&mut bare(&path).await)
    .await
    .unwrap();
    let forecast = sample().forecast.unwrap();
    let last = |prices: &[f64]| *prices.last().unwrap();
    let wanted = (
        DAYS,
        forecast.dates[29].to_string(),
        last(&forecast.median),
        last(&forecast.quantiles["0.1"]),
        last(&forecast.quantiles["0.9"]),
    );
    assert_eq!(row, wanted);
}

/// The statements that Tripod executed on a new file before it had migrations, unchanged.
const BEFORE_MIGRATIONS: [&str; 5] = [
    "CREATE TABLE IF NOT EXISTS tripod_store (one BIGINT PRIMARY KEY, version BIGINT NOT NULL)",
    "INSERT INTO tripod_store (one, version) VALUES (1, 1)",
    "CREATE TABLE analyses (
        id TEXT PRIMARY KEY,
        created BIGINT NOT NULL,
        ticker TEXT NOT NULL,
        as_of TEXT NOT NULL,
        horizon BIGINT,
        last_close DOUBLE PRECISION NOT NULL,
        expected_return DOUBLE PRECISION,
        direction TEXT,
        recommendation TEXT,
        net_score DOUBLE PRECISION,
        body TEXT NOT NULL
    )",
    "CREATE INDEX analyses_by_time ON analyses (created, id)",
    "CREATE TABLE forecast_days (
        analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
        step BIGINT NOT NULL,
        date TEXT NOT NULL,
        median DOUBLE PRECISION NOT NULL,
        low DOUBLE PRECISION,
        high DOUBLE PRECISION,
        PRIMARY KEY (analysis_id, step)
    )",
];

#[tokio::test]
async fn a_store_from_before_the_migrations_keeps_its_analyses_and_takes_new_ones() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.db");
    let mut old = bare(&path).await;
    for statement in BEFORE_MIGRATIONS {
        sqlx::query(statement).execute(&mut old).await.unwrap();
    }
    sqlx::query(
        "INSERT INTO analyses (id, created, ticker, as_of, last_close, body) \
         VALUES ('old', 1, 'AAPL', '2013-03-01', 60.0, '{\"id\":\"old\"}')",
    )
    .execute(&mut old)
    .await
    .unwrap();
    old.close().await.unwrap();
    // Open it twice: the second time, the migrations are already recorded.
    for _ in 0..2 {
        let store = Store::open(&path).await.unwrap();
        assert_eq!(store.get("old").await.unwrap().as_deref(), Some("{\"id\":\"old\"}"));
        store.keep(&numbered(2)).await.unwrap();
        assert_eq!(store.count().await.unwrap(), 2);
        store.close().await;
    }
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    Store::open(&path).await.unwrap().close().await;
    let mut newer = bare(&path).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9, 'later', true, x'00', 0)",
    )
    .execute(&mut newer)
    .await
    .unwrap();
    newer.close().await.unwrap();
    for _ in 0..2 {
        let error = Store::open(&path).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Newer { found: 9, known: 2, .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("ledger.db has version 9"), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("other.db");
    let mut connection = bare(&other).await;
    sqlx::query("CREATE TABLE bookmarks (url TEXT)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "Milk, bread and a dozen eggs. ".repeat(200)).unwrap();
    for path in [other, text] {
        let before = fs::read(&path).unwrap();
        let error = Store::open(&path).await.unwrap_err();
        assert!(matches!(error, StoreError::NotAStore { .. }), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        2,
        "nothing was put beside them"
    );
}

#[tokio::test]
async fn a_damaged_store_is_named_as_such() {
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let store = Store::open(&path).await.unwrap();
    store.keep(&sample()).await.unwrap();
    store.close().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xab);
    fs::write(&path, bytes).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("move it away"), "{error}");
}

#[tokio::test]
async fn a_place_where_nothing_can_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let below_a_file = folder.path().join("file/ledger.db");
    let error = Store::open(&below_a_file).await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    assert!(error.to_string().contains("file/ledger.db"), "{error}");
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_tasks_over_four_openings_all_land() {
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let opening = || {
        tokio::spawn({
            let path = path.clone();
            async move { Store::open(&path).await }
        })
    };
    // All four create the tables at once, as four programs would.
    let opened = [opening(), opening(), opening(), opening()];
    let mut stores = Vec::new();
    for store in opened {
        stores.push(store.await.unwrap().unwrap());
    }
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let store = stores[task % 4].clone();
            tokio::spawn(async move {
                for turn in 0..4 {
                    store
                        .keep(&numbered(i64::try_from(task).unwrap() * 4 + turn))
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for store in stores {
        store.close().await;
    }
    assert_eq!(whole_analyses(&path).await, 64);
}

#[tokio::test]
async fn a_keep_given_up_in_the_middle_leaves_all_of_an_analysis_or_nothing() {
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let store = Store::open(&path).await.unwrap();
    let mut given_up = 0;
    for number in 0..120 {
        // Poll this many times, then drop the future: storing takes one step for each statement.
        let mut steps = number % 40;
        let analysis = numbered(number);
        let mut keep = Box::pin(store.keep(&analysis));
        let ended = std::future::poll_fn(|context| match keep.as_mut().poll(context) {
            std::task::Poll::Pending if steps == 0 => std::task::Poll::Ready(None),
            std::task::Poll::Pending => {
                steps -= 1;
                std::task::Poll::Pending
            }
            std::task::Poll::Ready(kept) => std::task::Poll::Ready(Some(kept)),
        });
        given_up += i64::from(ended.await.is_none());
    }
    assert!(given_up > 0);
    store.keep(&numbered(1_000)).await.unwrap();
    store.close().await;
    let kept = whole_analyses(&path).await;
    assert!(kept > 120 - given_up, "{kept} with {given_up} given up");
}

/// The path of the store in the child process of the next test.
const CHILD_STORE: &str = "TRIPOD_TEST_STORE";

#[tokio::test]
async fn a_store_killed_in_the_middle_of_a_keep_has_only_whole_analyses() {
    if own_process::is_here() {
        return keep_until_killed(env::var_os(CHILD_STORE).unwrap().as_ref()).await;
    }
    let folder = TempDir::new().unwrap();
    let path = place(&folder);
    let mut kept = 0;
    for round in 0..5 {
        let test = "store::a_store_killed_in_the_middle_of_a_keep_has_only_whole_analyses";
        let mut child = own_process::command(test)
            .env(CHILD_STORE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = lines
            .by_ref()
            .map(Result::unwrap)
            .filter(|line| line == "kept")
            .take(3)
            .count();
        assert_eq!(told, 3, "the child kept nothing in round {round}");
        std::thread::sleep(Duration::from_millis(round * 3));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = whole_analyses(&path).await;
        assert!(now >= kept + 3, "{now} after {kept}: one that was told of is lost");
        kept = now;
    }
}

async fn keep_until_killed(path: &Path) {
    let store = Store::open(path).await.unwrap();
    for number in store.count().await.unwrap().. {
        store.keep(&numbered(number)).await.unwrap();
        println!("kept");
    }
}
