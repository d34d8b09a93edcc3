"""Caches and multiplexers held against recorded outcomes together."""
