-- Under which products reach the authority: the beginning of the addresses of status lists, which are
-- signed into licenses.
ALTER TABLE authority ADD COLUMN public_url TEXT;

-- Status lists that began under an earlier public URL, which stays the beginning of their address.
CREATE TABLE former_lists (
    brand_id TEXT NOT NULL REFERENCES brands (id),
    list BIGINT NOT NULL,
    public_url TEXT NOT NULL,
    PRIMARY KEY (brand_id, list)
);
