"""Whether a file is written, with counts of what was not; a fault is logged once when it comes and when it goes."""

import logging

log = logging.getLogger("pantler.disk")


class Health:
    """The state of one file, written by its writer and read by whoever reports.

    `failing` is the fault that keeps it from being written, empty while all is well. `failures` counts attempts that
    failed, `lost` what will never be written, `quarantined` what was found damaged, `damaged_files` the files that
    were set aside.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.failing = ""
        self.failures = 0
        self.lost = 0
        self.quarantined = 0
        self.damaged_files = 0

    def failed(self, reason: str) -> None:
        """One more attempt has failed."""
        self.failures += 1
        if not self.failing:
            log.error("%s cannot be written (%s); answers keep flowing and it is tried again", self.name, reason)
        self.failing = reason

    def recovered(self) -> None:
        """It is written again."""
        if self.failing:
            log.warning("%s is written again after %d failures", self.name, self.failures)
        self.failing = ""

    def lose(self, count: int, reason: str) -> None:
        """So much will never be written."""
        if not self.lost:
            log.error("%s: %s; what is lost is counted", self.name, reason)
        self.lost += count

    def quarantine(self, count: int) -> None:
        """So much was found damaged or forged."""
        self.quarantined += count
        log.error("%s: %d damaged or forged entries were taken out and will not be served", self.name, count)

    def set_aside(self, kept_as: str) -> None:
        """The whole file was damaged, or of another version."""
        self.damaged_files += 1
        log.error("%s cannot be used as it is; it was kept as %s and a new one started", self.name, kept_as)
