"""The rows of all requests in a file: appended, rated, summed, audited."""
