"""One file per trace format, found by iterating over this folder."""
