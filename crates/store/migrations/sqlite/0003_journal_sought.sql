-- What the journal is searched by, besides the track.
CREATE INDEX journal_kind ON journal (kind, number);
CREATE INDEX journal_actor ON journal (actor, number);
CREATE INDEX journal_at ON journal (at);
