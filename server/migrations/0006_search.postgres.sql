
-- Without a scope no row is seen.
SELECT set_config('countersign.brand', '*', true);
UPDATE customers SET search =
    LOWER(COALESCE(email, '') || '|' || COALESCE(reference, '') || '|' || COALESCE(name, ''));
UPDATE products SET search = LOWER(slug || '|' || name);
