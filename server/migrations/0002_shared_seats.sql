-- The newest lease on a seat when the audit log was last told that there are two copies of its state.
ALTER TABLE activations ADD COLUMN shared_lease_id TEXT;
