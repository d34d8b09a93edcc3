"""Matchers tried on recorded texts of which it is known whether they ask the same."""
