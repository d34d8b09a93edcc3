"""The paper in code, without I/O."""
