"""Multiplexers and matchers held against recorded outcomes."""
