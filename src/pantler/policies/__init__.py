"""Eviction policies, one to a file."""
