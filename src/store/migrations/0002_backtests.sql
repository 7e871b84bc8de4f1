-- Backtests, and what was asked for: the request's fields as JSON, by which a page fills its form again.
ALTER TABLE analyses ADD COLUMN inputs TEXT;

CREATE TABLE backtests (
    id TEXT PRIMARY KEY,
    created BIGINT NOT NULL,
    ticker TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    horizon BIGINT NOT NULL,
    origins BIGINT NOT NULL,
    mae DOUBLE PRECISION NOT NULL,
    naive_mae DOUBLE PRECISION,
    verdict TEXT,
    inputs TEXT,
    body TEXT NOT NULL
);
CREATE INDEX backtests_by_time ON backtests (created, id);
