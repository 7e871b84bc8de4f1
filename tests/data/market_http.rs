//! The HTTP client over an encrypted connection.

use std::sync::Arc;

use crate::web::{client, impatient};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use tripod::market::{DateRange, MarketError, Ticker, YahooOptions, daily_bars};
use tripod::net::HttpError;

#[tokio::test]
async fn a_service_that_vouches_for_itself_is_not_trusted() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let refused = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        acceptor.accept(stream).await.is_err()
    });

    let mut options = YahooOptions {
        request: impatient(),
        ..YahooOptions::at(&url)
    };
    options.request.retry.retries = 0;
    let day = "2013-03-01".parse().unwrap();
    let range = DateRange { from: day, to: day };
    let error = daily_bars(&client(), &options, &Ticker::parse("ACME").unwrap(), range)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            MarketError::Http {
                source: HttpError::Connection { .. },
                ..
            }
        ),
        "{error:?}"
    );
    assert!(format!("{error:?}").to_lowercase().contains("certificate"), "{error:?}");
    assert!(
        refused.await.unwrap(),
        "the client spoke to a server that it should not trust"
    );
}
