"""What a configuration must not say, table by table."""
