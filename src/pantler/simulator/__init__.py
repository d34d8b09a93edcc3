"""Policies and multiplexers over recorded traces."""
