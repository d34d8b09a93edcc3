"""Vectors of texts, one file for each way of making them."""
