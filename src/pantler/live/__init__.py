"""The engine at work inside a process."""
