-- Types are those that both databases have: TEXT, BIGINT, and BYTES, which is BLOB or BYTEA.
-- Moments are Unix seconds. Secrets are stored as keyed hashes, beside a sealed copy where they are
-- shown again.

-- Which process wrote last, for what others keep in memory.
CREATE TABLE writers (
    turns BIGINT NOT NULL,
    writer BIGINT NOT NULL
);
INSERT INTO writers (turns, writer) VALUES (0, 0);

-- One row, for the whole database.
CREATE TABLE authority (
    id BIGINT PRIMARY KEY,
    -- A keyed hash of nothing under the authority's secret: another secret gives another.
    secret BYTES NOT NULL
);

CREATE TABLE brands (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- JSON: rate limits and what else a brand sets for itself.
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX brands_newest ON brands (created_at, id);

-- The keys that a brand signs with. A key is kept in a file, or sealed here.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    brand_id TEXT NOT NULL REFERENCES brands (id),
    -- active, standby, retired or revoked.
    state TEXT NOT NULL,
    public_key BYTES NOT NULL,
    sealed BYTES,
    file TEXT,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE INDEX signing_keys_of_brand ON signing_keys (brand_id);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    -- Nothing for an operator's key.
    brand_id TEXT REFERENCES brands (id),
    prefix TEXT NOT NULL,
    hash BYTES NOT NULL UNIQUE,
    -- read, or read and write.
    scopes TEXT NOT NULL,
    -- JSON: the addresses it may be used from; nothing for any.
    addresses TEXT,
    name TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX api_keys_of_brand ON api_keys (brand_id, created_at, id);
CREATE INDEX api_keys_newest ON api_keys (created_at, id);

CREATE TABLE products (
    id TEXT PRIMARY KEY,
    brand_id TEXT NOT NULL REFERENCES brands (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    key_prefix TEXT NOT NULL,
    active BIGINT NOT NULL,
    -- JSON: terms of a license that it has unless others are stated.
    defaults TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (brand_id, slug)
);
CREATE INDEX products_newest ON products (brand_id, created_at, id);

-- Several products that are provisioned together.
CREATE TABLE bundles (
    id TEXT PRIMARY KEY,
    brand_id TEXT NOT NULL REFERENCES brands (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    -- JSON: the ids of the products.
    products TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (brand_id, slug)
);
CREATE INDEX bundles_newest ON bundles (brand_id, created_at, id);

CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    brand_id TEXT NOT NULL REFERENCES brands (id),
    email TEXT,
    -- The address in lower case, by which customers are found.
    email_folded TEXT,
    reference TEXT,
    name TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (brand_id, email_folded),
    UNIQUE (brand_id, reference)
);
CREATE INDEX customers_newest ON customers (brand_id, created_at, id);

CREATE TABLE license_keys (
    id TEXT PRIMARY KEY,
    brand_id TEXT NOT NULL REFERENCES brands (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    -- Of the key alone; of a custom key, together with the brand.
    hash BYTES NOT NULL UNIQUE,
    sealed BYTES NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX license_keys_of_customer ON license_keys (customer_id);

CREATE TABLE licenses (
    id TEXT PRIMARY KEY,
    brand_id TEXT NOT NULL REFERENCES brands (id),
    license_key_id TEXT NOT NULL REFERENCES license_keys (id),
    product_id TEXT NOT NULL REFERENCES products (id),
    customer_id TEXT NOT NULL REFERENCES customers (id),
    standing TEXT NOT NULL,
    blocked BIGINT NOT NULL,
    -- The signed text: the terms. What stands in the columns below is its index.
    document TEXT NOT NULL,
    revision BIGINT NOT NULL,
    valid_until BIGINT,
    seat_limit BIGINT,
    status_list BIGINT NOT NULL,
    status_index BIGINT NOT NULL,
    -- Grows with every claim: the row's lock.
    seat_epoch BIGINT NOT NULL,
    seats_held BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX licenses_newest ON licenses (brand_id, created_at, id);
CREATE INDEX licenses_of_key ON licenses (license_key_id);
CREATE INDEX licenses_of_product ON licenses (product_id);
CREATE INDEX licenses_of_customer ON licenses (customer_id, created_at, id);

-- One row for each time that an instance takes a seat.
CREATE TABLE activations (
    id TEXT PRIMARY KEY,
    brand_id TEXT NOT NULL,
    license_id TEXT NOT NULL REFERENCES licenses (id),
    instance_kind TEXT NOT NULL,
    instance_value TEXT NOT NULL,
    activated_at BIGINT NOT NULL,
    -- Nothing while it holds its seat.
    released_at BIGINT,
    -- Where seats float: when this one is let go.
    held_until BIGINT,
    fence BIGINT NOT NULL,
    -- The newest lease, the one it was renewed from, and whether the newest was ever presented.
    lease_id TEXT,
    previous_lease_id TEXT,
    lease_presented BIGINT NOT NULL,
    -- When the last lease on this seat ends.
    lease_ends_at BIGINT,
    -- What the product stated of itself, as JSON.
    metadata TEXT,
    address TEXT,
    last_checked_at BIGINT
);
CREATE UNIQUE INDEX seats_held ON activations (license_id, instance_kind, instance_value)
    WHERE released_at IS NULL;
CREATE INDEX seats_by_age ON activations (license_id, activated_at, id) WHERE released_at IS NULL;
CREATE INDEX seats_floating ON activations (license_id, held_until)
    WHERE released_at IS NULL AND held_until IS NOT NULL;
CREATE INDEX seats_passing ON activations (license_id, lease_ends_at)
    WHERE released_at IS NOT NULL AND lease_ends_at IS NOT NULL;
CREATE INDEX activations_of_license ON activations (license_id, id);

-- Every entry of a status list that was ever allotted. It stays when its license is deleted.
CREATE TABLE status_entries (
    brand_id TEXT NOT NULL REFERENCES brands (id),
    list BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    -- As on the list: 0 valid, 1 revoked, 2 suspended.
    status BIGINT NOT NULL,
    PRIMARY KEY (brand_id, list, entry)
);
CREATE INDEX status_entries_set ON status_entries (brand_id, list, entry) WHERE status <> 0;

-- The audit log; its rows that are still pending are the outbox.
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    brand_id TEXT,
    kind TEXT NOT NULL,
    -- Who did it: the id of an API key, `product` or `operator`.
    actor TEXT NOT NULL,
    -- What it was done to: the id of the resource.
    subject TEXT NOT NULL,
    -- JSON: the resource as HTTP shows it, without secrets.
    data TEXT NOT NULL,
    request_id TEXT,
    created_at BIGINT NOT NULL,
    pending BIGINT NOT NULL
);
CREATE INDEX events_newest ON events (brand_id, created_at, id);
CREATE INDEX events_of_subject ON events (subject, id);
CREATE INDEX events_pending ON events (id) WHERE pending = 1;

-- Answers that are given again to the same request.
CREATE TABLE idempotency_keys (
    brand_id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    hash BYTES NOT NULL,
    -- A keyed hash of the request's body.
    body BYTES NOT NULL,
    -- Sealed, since it may hold a license key; nothing while the request runs.
    answer BYTES,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (brand_id, endpoint, hash)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
