"""`python -m pantler` does what `pantler` does."""

from pantler.cli import main

if __name__ == "__main__":
    main()
