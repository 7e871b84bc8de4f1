//! Yahoo's chart service, imitated by a local server: every kind of failure, and the error that is reported.

use std::error::Error;
use std::time::Duration;

use crate::web::chart::{ask, options, plain, set, year_2013};
use crate::web::{Reply, Web, client};
use serde_json::json;

use tripod::market::{MarketError, Ticker, daily_bars};
use tripod::net::HttpError;

#[tokio::test]
async fn a_symbol_that_does_not_exist_is_named_in_the_error() {
    let body = json!({"chart": {"result": null, "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"}}});
    for reply in [
        Reply::json(&body).status(404),
        Reply::json(&body),
        Reply::text(404, "<html>gone</html>"),
    ] {
        let web = Web::answering_once(reply).await;
        let error = ask(&web, "NOPE", year_2013()).await.unwrap_err();
        assert!(
            matches!(&error, MarketError::UnknownSymbol { ticker, .. } if ticker.as_str() == "NOPE"),
            "{error}"
        );
        assert_eq!(web.count(), 1, "another try would not help");
    }
}

#[tokio::test]
async fn a_range_without_trading_is_told_as_such() {
    let mut empty = plain();
    let block = empty.pointer_mut("/chart/result/0").unwrap().as_object_mut().unwrap();
    block.remove("timestamp");
    block.insert("indicators".to_owned(), json!({"quote": [{}], "adjclose": [{}]}));
    let refused = json!({"chart": {"result": null, "error": {"code": "Bad Request",
        "description": "Data doesn't exist for startDate = 1, endDate = 2"}}});
    for reply in [Reply::json(&empty), Reply::json(&refused).status(400)] {
        let web = Web::answering_once(reply).await;
        let error = ask(&web, "ACME", year_2013()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "there are no bars of ACME between 2013-01-01 and 2013-12-31: choose another date, or check that it was traded then"
        );
    }
}

#[tokio::test]
async fn an_error_of_the_service_is_told_in_its_words() {
    let body = json!({"finance": {"result": null, "error": {"code": "Bad Request", "description": "<b>no</b>\u{7} such interval"}}});
    let web = Web::answering_once(Reply::json(&body).status(422)).await;
    let error = ask(&web, "ACME", year_2013()).await.unwrap_err();
    assert!(error.to_string().ends_with("Bad Request: no such interval"), "{error}");
}

#[tokio::test]
async fn too_many_requests_and_refusals_are_tried_again() {
    for status in [429, 401, 500, 502, 503] {
        let web = Web::answering(vec![
            Reply::text(status, "no").header("retry-after", "0"),
            Reply::json(&plain()),
        ])
        .await;
        assert_eq!(ask(&web, "ACME", year_2013()).await.unwrap().bars.len(), 3, "{status}");
        assert_eq!(web.count(), 2);
    }
}

#[tokio::test]
async fn after_the_last_try_the_status_decides_the_error() {
    for status in [429, 401, 403, 500, 504] {
        let web = Web::answering_once(Reply::text(status, "no")).await;
        let MarketError::Http { source, .. } = ask(&web, "ACME", year_2013()).await.unwrap_err() else {
            panic!("not an HTTP error");
        };
        let fits = match status {
            429 => matches!(source, HttpError::RateLimited { retry_after: None, .. }),
            401 | 403 => matches!(source, HttpError::Unauthorized { .. }),
            _ => matches!(source, HttpError::Server { .. }),
        };
        assert!(fits, "{status}: {source}");
        assert_eq!(web.count(), 3);
    }
}

#[tokio::test]
async fn a_wait_longer_than_allowed_is_told_and_not_waited_for() {
    let date = Reply::text(429, "")
        .header("date", "Sun, 06 Nov 1994 08:00:00 GMT")
        .header("retry-after", "Sun, 06 Nov 1994 09:00:00 GMT");
    for reply in [Reply::text(429, "").header("retry-after", "3600"), date] {
        let web = Web::answering_once(reply).await;
        let error = ask(&web, "ACME", year_2013()).await.unwrap_err();
        assert!(
            error.source().unwrap().to_string().ends_with("try again in 3600 s"),
            "{error:?}"
        );
        assert_eq!(web.count(), 1);
    }
}

#[tokio::test]
async fn garbage_is_an_error_that_says_what_came() {
    let mut uneven = plain();
    set(&mut uneven, "/indicators/quote/0/close", json!([1.0]));
    for (body, told) in [
        ("{\"chart\": {\"result\": [{\"meta\":", "not JSON"),
        ("", "not JSON"),
        ("[1, 2]", ""),
        ("{\"chart\": 7}", ""),
        ("{\"chart\": {\"result\": []}}", ""),
        (&uneven.to_string(), "inconsistent"),
    ] {
        let web = Web::answering_once(Reply::text(200, body)).await;
        let error = ask(&web, "ACME", year_2013()).await.unwrap_err();
        assert!(matches!(error, MarketError::Malformed { .. }), "{body}: {error}");
        assert!(error.to_string().contains(told), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up_after_the_time_out() {
    let web = Web::answering_once(Reply::json(&plain()).late(Duration::from_secs(60))).await;
    let mut options = options(&web);
    options.request.timeout = Duration::from_millis(50);
    let error = daily_bars(&client(), &options, &Ticker::parse("ACME").unwrap(), year_2013())
        .await
        .unwrap_err();
    assert!(
        error
            .source()
            .unwrap()
            .to_string()
            .contains("did not answer within 0.05 s"),
        "{error:?}"
    );
    assert_eq!(web.count(), 3);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again_and_one_that_is_refused_is_told() {
    let web = Web::answering(vec![Reply::json(&plain()).cut(), Reply::json(&plain())]).await;
    assert_eq!(ask(&web, "ACME", year_2013()).await.unwrap().bars.len(), 3);

    let mut options = options(&web);
    options.base_url = "http://127.0.0.1:1".to_owned();
    let error = daily_bars(&client(), &options, &Ticker::parse("ACME").unwrap(), year_2013())
        .await
        .unwrap_err();
    assert!(
        error
            .source()
            .unwrap()
            .to_string()
            .starts_with("cannot reach http://127.0.0.1:1/v8/finance/chart/ACME:"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let other = Web::answering_once(Reply::json(&plain())).await;
    let web = Web::answering_once(Reply::text(302, "").header("location", &other.url)).await;
    let error = ask(&web, "ACME", year_2013()).await.unwrap_err();
    assert!(
        matches!(
            error,
            MarketError::Http {
                source: HttpError::Redirected { status: 302, .. },
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_but_not_for_ever() {
    let web = Web::answering(vec![
        Reply::text(302, "").header("location", "/elsewhere"),
        Reply::json(&plain()),
    ])
    .await;
    assert_eq!(ask(&web, "ACME", year_2013()).await.unwrap().bars.len(), 3);
    assert_eq!(web.seen()[1].path, "/elsewhere");

    let circle = Web::answering_once(Reply::text(302, "").header("location", "/circle")).await;
    let error = ask(&circle, "ACME", year_2013()).await.unwrap_err();
    assert!(
        matches!(
            error,
            MarketError::Http {
                source: HttpError::Redirected { .. },
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(circle.count(), 4);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let web = Web::answering_once(Reply::text(200, &" ".repeat(17 << 20))).await;
    let error = ask(&web, "ACME", year_2013()).await.unwrap_err();
    assert!(
        matches!(
            error,
            MarketError::Http {
                source: HttpError::TooLarge { .. },
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_error_shows_neither_the_query_nor_a_user_name_of_the_base_url() {
    let web = Web::answering_once(Reply::text(500, "")).await;
    let mut options = options(&web);
    options.base_url = web.url.replace("http://", "http://user:secret@");
    let error = daily_bars(&client(), &options, &Ticker::parse("ACME").unwrap(), year_2013())
        .await
        .unwrap_err();
    let told = format!("{error} {error:?} {:?}", error.source().map(ToString::to_string));
    assert!(!told.contains("secret") && !told.contains("period1"), "{told}");
}
