"""What is read of a gateway at each scrape."""

from pantler.gateway.books import Books
from pantler.gateway.keeping import Keeping
from pantler.gateway.metrics import Gauges
from pantler.gateway.ratings import Ratings
from pantler.live.loop import Loop


def gauges_of(keeping: Keeping, loop: Loop, books: Books, ratings: Ratings) -> Gauges:
    """By the metric's name what it is and how it is read."""
    cache, rows = keeping.engine.cache, keeping.rows
    return {
        "pantler_cache_bytes": ("Bytes of the answers that are kept", lambda: float(cache.used)),
        "pantler_cache_capacity_bytes": ("Bytes that may be kept", lambda: float(cache.capacity)),
        "pantler_cache_entries": ("Answers that are kept", lambda: len(cache)),
        "pantler_store_lost_total": ("Kept answers whose bytes were missing", lambda: loop.lost),
        "pantler_flights": ("Calls under way", lambda: len(loop.streams)),
        "pantler_overruns_total": ("Answers longer than what bounded them", lambda: books.overruns.count),
        "pantler_ledger_lost_total": ("Rows that could not be written", lambda: rows.health.lost),
        "pantler_ledger_failures_total": ("Failed attempts to write rows", lambda: rows.health.failures),
        "pantler_words_unheard_total": ("Words noticed and not written, too many being so", lambda: ratings.unheard),
    }
