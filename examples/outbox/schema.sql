CREATE TABLE orders (
    id   TEXT PRIMARY KEY,
    item TEXT NOT NULL
);

-- Messages that wait. A row is written in the transaction that writes the order, and sent by the relay.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    topic      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    context    TEXT    NOT NULL DEFAULT '', -- a CreationContext: 55 bytes for most, 24,715 at most
    created_at INTEGER NOT NULL,            -- milliseconds since 1970
    published  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE published = 0;

-- Jobs that wait.
CREATE TABLE jobs (
    id         INTEGER PRIMARY KEY,
    order_id   TEXT    NOT NULL,
    context    TEXT    NOT NULL DEFAULT '', -- as in the outbox
    created_at INTEGER NOT NULL,            -- milliseconds since 1970
    due_at     INTEGER NOT NULL,
    done       INTEGER NOT NULL DEFAULT 0
);

-- How often each message was sent, so that this example can count. An outbox needs no such table.
CREATE TABLE attempts (
    id        INTEGER PRIMARY KEY,
    outbox_id INTEGER NOT NULL REFERENCES outbox,
    answered  INTEGER NOT NULL DEFAULT 0    -- whether the broker has said that it has the message
);
