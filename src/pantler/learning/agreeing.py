"""What one answer says of another to the same question, as far as it is believed itself.

    differ:  P(one wrong) / P(right)  times  1 / d             d = 1 - (1 - p)(1 - w)
    agree:   P(one right) / P(wrong)  times  (1 - d) / (c d)

p is the chance that the other answer is wrong for its own question, w that the questions differ, and c how often two
answers agree of which one is wrong.
"""

COINCIDENCE = 0.5  # c; what is often thought is often thought wrongly


def reliability(wrong: float, differs: float, *, agrees: bool) -> float:
    """How far such a word is to be believed, 0.5 where it says nothing."""
    doubt = 1.0 - (1.0 - wrong) * (1.0 - differs)
    factor = (1.0 - doubt, COINCIDENCE * doubt) if agrees else (1.0, doubt)
    return max(0.5, factor[0] / sum(factor))
