"""How often and how dearly a query will come, learned one observation at a time."""
