-- Releases that are over, for looking back: what an import told, one row a version, replaced by a later telling.
CREATE TABLE past_releases (
    app         TEXT NOT NULL,
    platform    TEXT NOT NULL,
    version     TEXT NOT NULL,
    branched_at INTEGER NOT NULL,
    content     TEXT NOT NULL,
    PRIMARY KEY (app, platform, version)
) STRICT;
