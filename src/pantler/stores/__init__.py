"""Where the bytes of answers are kept, one file for each medium."""
