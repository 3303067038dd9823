
ALTER TABLE former_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE former_lists FORCE ROW LEVEL SECURITY;
CREATE POLICY own_brand ON former_lists
    USING (current_setting('countersign.brand', true) IN (brand_id, '*'));
