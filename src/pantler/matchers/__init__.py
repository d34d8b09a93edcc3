"""Whether a near text is near enough, one file for each way of telling."""
