"""A ledger re-scored as if another multiplexer had chosen, from the chances with which its own choices were made."""
