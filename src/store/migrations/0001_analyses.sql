-- The first tables of a store. Everything is made only where it is missing, so that a store of a Tripod from before these
-- migrations, which has exactly these tables, is taken over as it is.
--
-- `tripod_store` marks a database as a store. Its version is read by such an older Tripod alone: a migration that makes tables
-- which that one cannot use raises it, and the older one then refuses the file.
CREATE TABLE IF NOT EXISTS tripod_store (one BIGINT PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO tripod_store (one, version) VALUES (1, 1) ON CONFLICT (one) DO NOTHING;

CREATE TABLE IF NOT EXISTS analyses (
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
);
CREATE INDEX IF NOT EXISTS analyses_by_time ON analyses (created, id);

CREATE TABLE IF NOT EXISTS forecast_days (
    analysis_id TEXT NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
    step BIGINT NOT NULL,
    date TEXT NOT NULL,
    median DOUBLE PRECISION NOT NULL,
    low DOUBLE PRECISION,
    high DOUBLE PRECISION,
    PRIMARY KEY (analysis_id, step)
);
