"""The rising step function nearest to labels, by pooling neighbours that fall (PAV, Ayer et al. 1955)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
LEAST = 50  # labels to a point
MOST_POINTS = 20
TRUST = 200.0  # labels for which the chance that was there before counts


def rising(at: Array, labels: Array, trust: float = TRUST) -> tuple[Array, Array]:
    """Ascending log-odds and the chances there, for a curve that goes straight between them.

    A step leans on what the log-odds said before, as on `trust` labels, so that few labels move nothing; as the curve
    has no flat parts but those that labels call for, what is told apart stays told apart.
    """
    order = np.argsort(at, kind="stable")
    blocks: list[tuple[float, float, float]] = []  # sum of log-odds, sum of labels with the prior's, their number
    for cut in np.array_split(order, max(1, min(MOST_POINTS, len(order) // LEAST))):
        odds = float(at[cut].mean())
        before = trust / (1.0 + np.exp(-odds))
        blocks.append((odds * (len(cut) + trust), float(labels[cut].sum()) + before, len(cut) + trust))
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]:
            last, former = blocks.pop(), blocks.pop()
            blocks.append((last[0] + former[0], last[1] + former[1], last[2] + former[2]))
    places = np.array([total / number for total, _, number in blocks], np.float32)
    chances = np.array([total / number for _, total, number in blocks], np.float32)
    return places, chances
