-- Which floating seats are over, of all licenses.
CREATE INDEX seats_floated ON activations (held_until)
    WHERE released_at IS NULL AND held_until IS NOT NULL;
