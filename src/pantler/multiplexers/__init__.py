"""Which models to ask, in which order, with which stop rule."""
