"""One file per shape of log record, found by iterating over this folder."""
