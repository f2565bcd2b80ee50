-- trustctl.db: what happened to the store beside which it lies. Written inside the transaction of
-- each change, so that it cannot disagree with the store.

CREATE TABLE IF NOT EXISTS history.about (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO history.about VALUES ('schema', '1');

-- One change. An outside entry is what another program did, as far as it was noticed.
CREATE TABLE IF NOT EXISTS history.entry (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id      TEXT    NOT NULL,
    time          INTEGER NOT NULL,            -- seconds since 1970, UTC
    user          TEXT    NOT NULL,
    command       TEXT,                        -- NULL: an outside change
    source        TEXT,                        -- the file it came from
    source_digest BLOB,                        -- SHA-256 of that file
    reason        TEXT,
    undoes        INTEGER REFERENCES entry,
    irreversible  TEXT,                        -- why it cannot be undone; NULL: it can
    seal_password BLOB,                        -- digest of the password row that signed its rows
    key_password  BLOB                         -- ... that encrypts the keys it keeps
);

-- What an entry did, in people's words: one row per item and effect.
CREATE TABLE IF NOT EXISTS history.effect (
    entry  INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    kind   INTEGER NOT NULL,
    item   INTEGER NOT NULL,                   -- kind of item
    id     BLOB    NOT NULL,                   -- SHA-256 of the DER
    name   TEXT    NOT NULL,
    before INTEGER NOT NULL,                   -- trust states, 4 bits a usage
    after  INTEGER NOT NULL,
    ca     INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS history.effect_by_entry ON effect (entry);
CREATE INDEX IF NOT EXISTS history.effect_by_id ON effect (id);

-- The inverse, row by row: what a row was before (NULL: it was not there), and a digest of what it
-- is afterwards (NULL: it is gone), by which undo sees that nothing changed it since.
CREATE TABLE IF NOT EXISTS history.row (
    entry  INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    tab    INTEGER NOT NULL,                   -- 0 nssPublic, 1 nssPrivate, 2 metaData
    key    BLOB    NOT NULL,                   -- the row's id as text
    before BLOB,
    after  BLOB
);
CREATE INDEX IF NOT EXISTS history.row_by_entry ON row (entry);
CREATE INDEX IF NOT EXISTS history.row_by_key ON row (tab, key);

-- The store as it was after the last change, to notice what others did since.
CREATE TABLE IF NOT EXISTS history.known (
    id     BLOB    PRIMARY KEY,
    item   INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    states INTEGER NOT NULL,
    keyed  INTEGER NOT NULL,
    ca     INTEGER NOT NULL
) WITHOUT ROWID;
