-- The lock of a license is that of its row, which nothing needs to write for it.
ALTER TABLE licenses DROP COLUMN seat_epoch;
