"""What the outcomes of a route teach of its models, one after another."""
