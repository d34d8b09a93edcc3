"""`python -m pantler` does what `pantler` does."""

from pantler.cli import main

main()
