"""Calibration that rolls along: how each model's log-odds have to be stretched to fit its last labels (Platt 2000).

    log-odds = shift + stretch z,      z: as appraised and corrected by now
    stretch - 1 ~ Normal(0, OF_STRETCH^2),  shift ~ Normal(0, OF_SHIFT^2),  the mode over the last WINDOW labels

What was fitted holds until the window is likelier by GAIN (its logarithm) without it, and again once it is hardly so.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WINDOW = 500
EVERY = 25  # labels of a model between two looks
FEWEST = 100  # labels of a model that tell anything
OF_STRETCH, OF_SHIFT = 0.25, 0.25
GAIN, STILL = 4.0, 1.0
STEPS = 4
BINS = 10
LEAST = 1e-6

_Label = tuple[float, float, float]  # log-odds as appraised, the chance that was stated, how wrong it was


class Rolling:
    """Of models by their places; `stretch` and `shift` hold for what is appraised from now on."""

    def __init__(self, models: int) -> None:
        self.stretch = np.ones(models)
        self.shift = np.zeros(models)
        self.any_off = False
        self._windows: list[deque[_Label]] = [deque(maxlen=WINDOW) for _ in range(models)]
        self._fresh = [0] * models
        self._errors: list[float | None] = [None] * models  # as of the last look, for it takes 0.9 ms

    def note(self, place: int, label: _Label, correction: float) -> None:
        """One more label of a model, whose appraised log-odds are corrected by so much now."""
        self._windows[place].append(label)
        self._fresh[place] += 1
        if self._fresh[place] >= EVERY and len(self._windows[place]) >= FEWEST:
            self._fresh[place] = 0
            said, _, wrong = np.array(self._windows[place]).T
            self._look(place, said + correction, wrong)
            self._errors[place] = None

    def forget(self, place: int) -> None:
        """What a model's last labels have told holds no longer."""
        self._windows[place].clear()
        self._errors[place] = None
        self._settle(place, 1.0, 0.0)

    def error(self, place: int) -> float | None:
        """How far the chances that were stated are from the labels, beyond what so few would be off by chance.

        Over BINS of equal mass, told anew at each look; None where they are too few.
        """
        if len(self._windows[place]) < FEWEST:
            return None
        error = self._errors[place]
        if error is None:
            _, stated, wrong = np.array(self._windows[place]).T
            error = self._errors[place] = beyond_chance(stated, wrong)
        return error

    def snapshot(self) -> Any:
        """Each model's window and what was made of it."""
        pairs = zip(self.stretch.tolist(), self.shift.tolist(), self._windows, strict=True)
        return [(stretch, shift, np.array(window, np.float32).tobytes()) for stretch, shift, window in pairs]

    def restore(self, kept: Any, places: Sequence[int | None]) -> None:
        """Take up what `snapshot` gave of each model that is still there, at its place by now."""
        for place, each in zip(places, msgspec.convert(kept, list[tuple[float, float, bytes]]), strict=True):
            if place is not None:
                stretch, shift, window = each
                if len(window) % 12:
                    raise msgspec.ValidationError("these labels are cut short")
                labels = np.frombuffer(window, np.float32).astype(float).reshape(-1, 3)
                self._windows[place] = deque(map(tuple, labels.tolist()), maxlen=WINDOW)
                self._errors[place] = None
                self._settle(place, stretch, shift)

    def _look(self, place: int, odds: Array, wrong: Array) -> None:
        stretch, shift = _mode(odds, wrong)
        gain = _likelihood(shift + stretch * odds, wrong) - _likelihood(odds, wrong)
        is_off = self.stretch[place] != 1.0 or self.shift[place] != 0.0
        if gain > (STILL if is_off else GAIN):
            self._settle(place, stretch, shift)
        else:
            self._settle(place, 1.0, 0.0)

    def _settle(self, place: int, stretch: float, shift: float) -> None:
        self.stretch[place], self.shift[place] = stretch, shift
        self.any_off = bool((self.stretch != 1.0).any() or (self.shift != 0.0).any())


def beyond_chance(stated: Array, wrong: Array) -> float:
    """The mean gap over bins of equal mass, less what it would be on average were the chances true."""
    order = np.argsort(stated, kind="stable")
    total = 0.0
    for cut in np.array_split(order, BINS):
        gap = abs(float((wrong[cut] - stated[cut]).sum()))
        total += gap - float(np.sqrt(2.0 / np.pi * (stated[cut] * (1.0 - stated[cut])).sum()))
    return total / len(order)


def _mode(odds: Array, wrong: Array) -> tuple[float, float]:
    """The likeliest stretch and shift, by Newton's steps."""
    features = np.stack([odds, np.ones_like(odds)])
    prior = np.array([OF_STRETCH**-2.0, OF_SHIFT**-2.0])
    off = np.zeros(2)
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-(odds + off @ features)))
        slope = features * (chance * (1.0 - chance))
        off -= np.linalg.solve(slope @ features.T + np.diag(prior), features @ (chance - wrong) + prior * off)
    return 1.0 + float(off[0]), float(off[1])


def _likelihood(odds: Array, wrong: Array) -> float:
    """The logarithm of it."""
    chance = np.clip(1.0 / (1.0 + np.exp(-odds)), LEAST, 1.0 - LEAST)
    return float((wrong * np.log(chance) + (1.0 - wrong) * np.log(1.0 - chance)).sum())
