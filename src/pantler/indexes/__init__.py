"""Nearest neighbours of a vector, one file for each way of finding them."""
