"""What no policy can beat, or what one that knows the future reaches: one function to a file.

Each takes a whole trace in memory, capacities in bytes and a cost column, and returns for each capacity the share,
0..1, of the cost of missing every request.
"""
