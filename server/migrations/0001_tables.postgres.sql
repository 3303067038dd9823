
-- Row-level security: a transaction sees the rows of the brand that it states, and `*` sees all.
-- FORCE binds the owner of the tables as well; a superuser is bound by nothing, so the role that
-- connects is none.
ALTER TABLE brands ENABLE ROW LEVEL SECURITY;
ALTER TABLE brands FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON brands
    USING (current_setting('countersign.brand', true) IN (id, '*'));
ALTER TABLE signing_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE signing_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON signing_keys
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON api_keys
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE products ENABLE ROW LEVEL SECURITY;
ALTER TABLE products FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON products
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE bundles ENABLE ROW LEVEL SECURITY;
ALTER TABLE bundles FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON bundles
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON customers
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE license_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE license_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON license_keys
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE licenses ENABLE ROW LEVEL SECURITY;
ALTER TABLE licenses FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON licenses
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE activations ENABLE ROW LEVEL SECURITY;
ALTER TABLE activations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON activations
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE status_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE status_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON status_entries
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON events
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON idempotency_keys
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
