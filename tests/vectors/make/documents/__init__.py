"""The rows of signed/*.json, one module a file."""
