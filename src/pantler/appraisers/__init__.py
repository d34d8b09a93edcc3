"""How likely each model is to be wrong on a query, by its traits."""
