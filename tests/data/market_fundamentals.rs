//! Company data from Yahoo's quote summary, imitated by a local server: the cookie and the crumb, and what an analysis shows.

use crate::web::{Reply, Web, client, impatient};
use serde_json::{Value, json};

use tripod::market::{MarketError, SummaryOptions, Ticker, YahooSummary};

fn service(web: &Web) -> YahooSummary {
    YahooSummary::new(SummaryOptions {
        cookie_url: web.url.clone(),
        base_url: web.url.clone(),
        request: impatient(),
        ..SummaryOptions::default()
    })
}

/// Figures come bare or with their printed form; both are here.
fn summary() -> Value {
    json!({"quoteSummary": {"error": null, "result": [{
        "assetProfile": {"sector": "Industrials", "industry": "Tools &amp; Anvils\u{202e}"},
        "summaryDetail": {"trailingPE": {"raw": 18.25, "fmt": "18.25"}, "dividendYield": 0.021, "currency": "USD"},
        "price": {"marketCap": {"raw": 4_200_000_000_i64, "fmt": "4.2B"}, "currency": "USD"},
        "calendarEvents": {"earnings": {"earningsDate": [{"raw": 4_102_444_800_i64, "fmt": "2100-01-01"}]}}
    }]}})
}

fn ticker() -> Ticker {
    Ticker::parse("ACME").unwrap()
}

#[tokio::test]
async fn a_cookie_and_a_crumb_are_fetched_once_for_many_securities() {
    let web = Web::answering(vec![
        Reply::text(404, "").header("set-cookie", "A3=made-up; Domain=.example.org; Secure; HttpOnly"),
        Reply::text(200, "cr.umb"),
        Reply::json(&summary()),
    ])
    .await;
    let (service, client) = (service(&web), client());
    let found = service.of(&client, &ticker()).await.unwrap();
    assert_eq!(found, service.of(&client, &ticker()).await.unwrap());
    assert_eq!(found.sector.as_deref(), Some("Industrials"));
    assert_eq!(found.industry.as_deref(), Some("Tools & Anvils"));
    assert_eq!((found.market_cap, found.price_earnings), (Some(4.2e9), Some(18.25)));
    assert_eq!(found.dividend_yield, Some(0.021));
    assert_eq!(found.next_earnings, "2100-01-01".parse().ok());
    let seen = web.seen();
    let paths: Vec<&str> = seen.iter().map(|seen| seen.path.as_str()).collect();
    let asked = "/v10/finance/quoteSummary/ACME";
    assert_eq!(paths, ["/", "/v1/test/getcrumb", asked, asked]);
    assert_eq!(seen[2].headers["cookie"], "A3=made-up");
    assert!(seen[2].query.contains("crumb=cr.umb"), "{}", seen[2].query);
}

#[tokio::test]
async fn a_session_that_is_refused_is_renewed_once() {
    let refused = Reply::json(&json!({"finance": {"error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}));
    let web = Web::answering(vec![
        Reply::text(404, "").header("set-cookie", "A3=old"),
        Reply::text(200, "old"),
        refused.clone().status(401),
        Reply::text(404, "").header("set-cookie", "A3=new"),
        Reply::text(200, "new"),
        Reply::json(&summary()),
    ])
    .await;
    assert!(service(&web).of(&client(), &ticker()).await.is_ok());
    assert_eq!(web.seen()[5].headers["cookie"], "A3=new");

    let never = Web::answering(vec![
        Reply::text(404, ""),
        Reply::text(200, "word"),
        refused.clone().status(401),
        Reply::text(404, ""),
        Reply::text(200, "word"),
        refused.status(401),
    ])
    .await;
    let error = service(&never).of(&client(), &ticker()).await.unwrap_err();
    assert!(matches!(error, MarketError::Http { .. }), "{error}");
    assert_eq!(never.count(), 6);
}

#[tokio::test]
async fn what_is_no_summary_is_an_error_and_what_is_not_stated_is_absent() {
    for (reply, told) in [
        (Reply::text(200, "{}"), "no summary"),
        (Reply::text(200, "gone"), "not JSON"),
        (Reply::text(200, "<html>Before you continue"), "robot"),
        (Reply::text(404, "{}"), "knows no security"),
    ] {
        let web = Web::answering(vec![Reply::text(404, ""), Reply::text(200, "word"), reply]).await;
        let error = service(&web).of(&client(), &ticker()).await.unwrap_err();
        let shown = format!("{:#}", anyhow::Error::from(error));
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let page = Web::answering(vec![Reply::text(404, ""), Reply::text(200, "Too Many Requests")]).await;
    let error = service(&page).of(&client(), &ticker()).await.unwrap_err();
    assert!(error.to_string().contains("no crumb"), "{error}");

    let empty = json!({"quoteSummary": {"result": [{"price": {"marketCap": 0, "currency": null}}]}});
    let web = Web::answering(vec![
        Reply::text(404, ""),
        Reply::text(200, "word"),
        Reply::json(&empty),
    ])
    .await;
    assert!(service(&web).of(&client(), &ticker()).await.unwrap().is_empty());
}
