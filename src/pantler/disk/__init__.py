"""What everything that pantler writes to a disk has in common."""
