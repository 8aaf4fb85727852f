-- Moments are milliseconds since 1970 in UTC, words and structures are the text that serde makes of them.
-- What is here is also said in PostgreSQL: no rowid tricks, no reliance on loose types.

-- What can be observed: a later reading in the same slot replaces the one before.
CREATE TABLE slots (
    id       INTEGER PRIMARY KEY,
    source   TEXT NOT NULL,
    app      TEXT NOT NULL,
    platform TEXT NOT NULL, -- '' is the whole app
    kind     TEXT NOT NULL,
    UNIQUE (source, app, platform, kind)
) STRICT;

-- One row for each change of a value; in force from `valid_from` until `valid_to`, or still.
CREATE TABLE readings (
    id         INTEGER PRIMARY KEY,
    slot_id    INTEGER NOT NULL REFERENCES slots (id),
    value      TEXT NOT NULL,
    link       TEXT,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER CHECK (valid_to IS NULL OR valid_to > valid_from),
    UNIQUE (slot_id, valid_from) -- serves "as of a moment"
) STRICT;
CREATE UNIQUE INDEX readings_newest ON readings (slot_id) WHERE valid_to IS NULL;

-- How fresh a value was: one row for each run of asking at the usual pace without a change.
CREATE TABLE freshness (
    id               INTEGER PRIMARY KEY,
    reading_id       INTEGER NOT NULL REFERENCES readings (id),
    from_observed_at INTEGER NOT NULL,
    from_fetched_at  INTEGER NOT NULL,
    to_observed_at   INTEGER NOT NULL,
    to_fetched_at    INTEGER NOT NULL,
    longest_gap_ms   INTEGER NOT NULL, -- between two asks of the run
    longest_lag_ms   INTEGER NOT NULL, -- between the end of the data and the ask
    usual_gap_ms     INTEGER NOT NULL  -- of the slot; 0 is not known yet
) STRICT;
CREATE INDEX freshness_reading ON freshness (reading_id, id);

-- What is remembered of a track from one tick to the next.
CREATE TABLE tracks (
    track  TEXT NOT NULL PRIMARY KEY,
    memory TEXT NOT NULL
) STRICT;

CREATE TABLE board (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO board (id, revision) VALUES (1, 0);

-- Who conducts. The fencing number rises with each take-over and never falls.
CREATE TABLE lease (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    fencing INTEGER NOT NULL,
    holder  TEXT NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;

CREATE TABLE journal (
    number        INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    track         TEXT,
    kind          TEXT NOT NULL,
    text          TEXT NOT NULL,
    why           TEXT NOT NULL,
    data          TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL
) STRICT;
CREATE INDEX journal_track ON journal (track, number) WHERE track IS NOT NULL;
CREATE TRIGGER journal_keeps BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_stays BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

-- The journal's last entry, so that a lost end is noticed as well as a lost middle.
CREATE TABLE journal_head (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    hash   TEXT NOT NULL
) STRICT;
INSERT INTO journal_head (id, number, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE intents (
    id         INTEGER PRIMARY KEY,
    track      TEXT NOT NULL,
    action     TEXT NOT NULL,
    build      TEXT NOT NULL,
    attempt    INTEGER NOT NULL,
    state      TEXT NOT NULL, -- its word
    details    TEXT NOT NULL, -- the whole state
    is_open    INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    decided_by TEXT,          -- NULL is the conductor
    reason     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (track, action, build, attempt)
) STRICT;
CREATE UNIQUE INDEX intents_one_open ON intents (track) WHERE is_open = 1;
CREATE INDEX intents_failed ON intents (track, action) WHERE state = 'failed';
CREATE INDEX intents_newest ON intents (track, action, id);

-- What people, or the conductor's own actions, laid over a track: each once, never changed.
CREATE TABLE wishes (
    id      INTEGER PRIMARY KEY,
    track   TEXT NOT NULL,
    at      INTEGER NOT NULL,
    wish    TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX wishes_track ON wishes (track, id);
CREATE TRIGGER wishes_keep BEFORE UPDATE ON wishes
BEGIN
    SELECT RAISE(ABORT, 'wishes are append-only');
END;
CREATE TRIGGER wishes_stay BEFORE DELETE ON wishes
BEGIN
    SELECT RAISE(ABORT, 'wishes are append-only');
END;

-- What they come to now, folded again from all wishes of the track with each new one.
CREATE TABLE interventions (
    track TEXT NOT NULL PRIMARY KEY,
    laid  TEXT NOT NULL
) STRICT;

-- Written and emptied to learn whether the database can be written.
CREATE TABLE probe (
    id     INTEGER PRIMARY KEY,
    filler BLOB NOT NULL
) STRICT;
