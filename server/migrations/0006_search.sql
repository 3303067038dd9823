-- What a search looks for parts of, in lower case as the program makes it: databases know no case
-- beyond ASCII, or only that of their locale.
ALTER TABLE customers ADD COLUMN search TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE customers SET search =
    LOWER(COALESCE(email, '') || '|' || COALESCE(reference, '') || '|' || COALESCE(name, ''));
UPDATE products SET search = LOWER(slug || '|' || name);
