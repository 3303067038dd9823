-- Lists across brands, which operators ask for, and those of one product; newest first.
CREATE INDEX licenses_by_age ON licenses (created_at, id);
DROP INDEX licenses_of_product;
CREATE INDEX licenses_of_product ON licenses (product_id, created_at, id);
CREATE INDEX customers_by_email ON customers (email_folded);
CREATE INDEX products_by_slug ON products (slug);
