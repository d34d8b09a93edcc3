"""What a text shows before it is understood, as numbers."""
