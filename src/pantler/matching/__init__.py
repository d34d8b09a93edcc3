"""How near two texts are, how likely the answer of one is wrong for the other, and how much of that is allowed."""
