//! `POST /v1/sentiment`: stage 2 alone. Headlines come in, a label and three probabilities for each go out, in the order given.

use axum::extract::State;
use axum::{Extension, Json};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::analysis::{Counts, Job, JobOptions, LedgerRow, ModelRef, ScoredHeadline, StageName, UnreadHeadline};
use crate::host::Update;
use crate::market::{Series, SourceKind};
use crate::news::{GivenHeadline, News};
use crate::run::Gathered;
use crate::serve::http::{ApiError, Client, JsonBody, Refusals};
use crate::serve::runs::{Shared, failed, headlines, stopping, ticker};

/// Body of `POST /v1/sentiment`. A field that is not listed is refused.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"headlines": [{"title": "Chip maker raises its outlook after record orders"}]}))]
pub struct SentimentBody {
    /// The headlines to classify.
    #[schema(min_items = 1, max_items = 500)]
    pub headlines: Vec<GivenHeadline>,
}

/// Answer of `POST /v1/sentiment`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SentimentAnswer {
    /// The answer's id.
    pub id: String,
    /// Always `sentiment`.
    pub object: String,
    /// Unix time in seconds.
    pub created: i64,
    /// Those that the classifier reads, in the order given.
    pub headlines: Vec<ScoredHeadline>,
    /// How many of each label.
    pub counts: Counts,
    /// Mean of P(positive) − P(negative), −1 to 1.
    pub net_score: f64,
    /// Those in a language that the classifier does not read, with their places among all that were given. They count nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadHeadline>,
    /// The classifier.
    pub model: Option<ModelRef>,
    /// The arena that was open.
    pub arenas: Vec<LedgerRow>,
}

/// Sentiment alone: stage 2 on your own headlines
#[utoipa::path(
    post,
    path = "/v1/sentiment",
    tag = "analysis",
    request_body = SentimentBody,
    responses((status = 200, description = "Labels and probabilities", body = SentimentAnswer), Refusals)
)]
pub async fn sentiment(
    State(app): State<Shared>,
    Extension(client): Extension<Client>,
    JsonBody(body): JsonBody<SentimentBody>,
) -> Result<Json<SentimentAnswer>, ApiError> {
    classify(&app, client, body.headlines).await.map(Json)
}

/// Classifies headlines.
///
/// # Errors
///
/// [`ApiError::Invalid`] for headlines that cannot be read, a full queue, or a classifier that failed.
pub(crate) async fn classify(
    app: &Shared,
    client: Client,
    given: Vec<GivenHeadline>,
) -> Result<SentimentAnswer, ApiError> {
    if given.is_empty() {
        return Err(ApiError::invalid("headlines", "give at least one headline"));
    }
    let gathered = Gathered {
        job: job(given)?,
        gather_ms: 0.0,
    };
    let models = app.models.set(&[StageName::SENTIMENT]).await?;
    // Classifying takes no longer than a text, so it need not wait behind whole analyses.
    let mut permit = app.enter(&app.texts, client)?;
    let working = async {
        permit.granted(|_| ()).await.map_err(|_| stopping())?;
        let mut handle = app.host.analyse(gathered, models);
        while let Some(update) = handle.next().await {
            match update {
                Update::Analysed(analysis) => return Ok(*analysis),
                Update::Failed(failure) => return Err(failed(failure)),
                Update::Event(_) | Update::Text(_) | Update::Again | Update::Written | Update::Embedded(_) => {}
            }
        }
        Err(stopping())
    };
    let worked = tokio::time::timeout(app.time_limit, working).await;
    let analysis = worked.map_err(|_| ApiError::Timeout(app.time_limit.as_secs()))??;
    let failure = analysis.errors.first().map(|failure| failure.message.clone());
    let sentiment = analysis
        .sentiment
        .ok_or_else(|| failure.map_or(ApiError::Internal, ApiError::Engine))?;
    Ok(SentimentAnswer {
        id: analysis.id.replacen("analysis", "sentiment", 1),
        object: "sentiment".into(),
        created: analysis.created,
        headlines: sentiment.headlines,
        counts: sentiment.counts,
        net_score: sentiment.net_score,
        unread: sentiment.unread,
        model: analysis.models.sentiment,
        arenas: analysis.arenas,
    })
}

/// A job of headlines alone. It has no bars, since only stage 2 runs.
fn job(given: Vec<GivenHeadline>) -> Result<Job, ApiError> {
    let ticker = ticker("HEADLINES")?;
    let today = Utc::now().date_naive();
    let wanted = given.len();
    let headlines = headlines(given, &ticker, today)?;
    if headlines.len() < wanted {
        return Err(ApiError::invalid(
            "headlines",
            "a headline's published_at is in the future; leave it out where it is not known",
        ));
    }
    Ok(Job {
        id: format!("analysis-{}", Uuid::now_v7().simple()),
        series: Series {
            ticker,
            company: None,
            currency: "USD".into(),
            exchange: None,
            bars: Vec::new(),
            source: SourceKind::Request,
            warnings: Vec::new(),
            events: crate::market::Events::default(),
            doubts: Vec::new(),
        },
        news: News {
            headlines,
            ..News::default()
        },
        fundamentals: None,
        truth: Vec::new(),
        options: JobOptions {
            horizon: 1,
            stages: vec![StageName::SENTIMENT],
            ..JobOptions::default()
        },
    })
}
