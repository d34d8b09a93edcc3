"""Loops over dense ids that are compiled around the policies' own functions."""
