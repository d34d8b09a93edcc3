"""Recorded or made queries, as columns."""
