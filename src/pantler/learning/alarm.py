"""Notices that a chance no longer holds: the cumulative sums of what came beyond what was said (Page 1954).

up   = max(0, up + (y - p) - slack)              y: 1 where the answer was wrong, p: the chance that was stated
down = max(0, down - (y - p) - slack)            either above `limit` is an alarm, and both begin anew
"""

SLACK = 0.2
LIMIT = 5.0


class Alarm:
    """One model's sums; `raised` counts the alarms."""

    def __init__(self) -> None:
        self.up = 0.0
        self.down = 0.0
        self.raised = 0

    def heard(self, chance: float, wrong: float) -> int:
        """One more answer, of which it is known how wrong it was; 1 for an alarm that they are worse, -1 better."""
        beyond = wrong - chance
        self.up = max(0.0, self.up + beyond - SLACK)
        self.down = max(0.0, self.down - beyond - SLACK)
        if max(self.up, self.down) <= LIMIT:
            return 0
        side = 1 if self.up > self.down else -1
        self.up = self.down = 0.0
        self.raised += 1
        return side

    def snapshot(self) -> tuple[float, float, int]:
        """Its sums and its count."""
        return self.up, self.down, self.raised

    def restore(self, kept: tuple[float, float, int]) -> None:
        """Take up what `snapshot` gave."""
        self.up, self.down, self.raised = kept
