"""What becomes of a request's row: the ledger, the metrics, the spans and, of one that was not answered, the log."""

from collections.abc import Callable
from typing import Protocol

from pantler.core.rows import Alike, Row
from pantler.gateway import logs
from pantler.gateway.folds import Folds
from pantler.live.errands import Errand


class Spans(Protocol):
    """Where spans are made of rows."""

    def note(self, row: Row, errand: Errand | None) -> None:
        """Those of a request that is over; no errand where it was refused before it was one."""
        ...


class Recording:
    """Tells every row to `append`, which queues it for the ledger, and folds it into the metrics' sums."""

    def __init__(self, append: Callable[[Row | Alike], object], folds: Folds) -> None:
        self.spans: Spans | None = None
        self.append = append
        self._folds = folds

    def note(self, row: Row, errand: Errand | None) -> None:
        """A request is over."""
        self.append(row)
        self._folds.observe(row)
        if self.spans is not None:
            self.spans.note(row, errand)
        if row.status >= 400:
            logs.request(row)

    def again(self, alike: Alike, errand: Errand | None) -> None:
        """A hit is over, on the errand or on one like it."""
        self.append(alike)
        self._folds.again(alike)
        if self.spans is not None:
            self.spans.note(alike.row, errand)
