"""Requests in order where the next use is known: the resident of least worth among a random few goes."""

from typing import Any, NamedTuple

import numpy as np

SAMPLE = 64
NEVER = np.iinfo(np.int64).max
RESIDENT = np.dtype([("cost", np.float64), ("size", np.int64), ("next", np.int64), ("id", np.int64)])


class Residents(NamedTuple):
    """Who is resident: records in no order, the place + 1 of each id or 0, and (length, bytes used, random state)."""

    records: Any
    places: Any
    status: Any


def next_uses(ids: Any, coming: Any, uses: Any) -> None:
    """Fill `uses` with the number of the next request for the same id; `coming` holds NEVER for each id."""
    for i in range(len(ids) - 1, -1, -1):
        uses[i] = coming[ids[i]]
        coming[ids[i]] = i


def belady(requests: Any, uses: Any, residents: Residents, hits: Any, capacity: int) -> None:
    """Serve all requests, marking hits."""
    records, places, status = residents
    for i in range(len(uses)):
        place = places[requests.ids[i]] - 1
        hits[i] = place >= 0
        if place >= 0:
            records[place].next = uses[i]
            if uses[i] == NEVER:
                remove(residents, place)
        elif uses[i] != NEVER and requests.occupied[i] <= capacity:
            worth = requests.costs[i] / (requests.occupied[i] * float(uses[i] - i))
            if makes_room(residents, i, worth, capacity - requests.occupied[i]):
                record = records[status[0]]
                record.id = requests.ids[i]
                record.size = requests.occupied[i]
                record.cost = requests.costs[i]
                record.next = uses[i]
                status[0] += 1
                status[1] += record.size
                places[record.id] = status[0]


def makes_room(residents: Residents, now: int, worth: float, room: int) -> bool:
    """Evict until at most `room` bytes are used; False where the one to go is worth no less than the newcomer."""
    while residents.status[1] > room:
        victim = least(residents, now)
        record = residents.records[victim]
        if record.cost / (record.size * float(record.next - now)) >= worth:
            return False
        remove(residents, victim)
    return True


def least(residents: Residents, now: int) -> int:
    """The place of the least cost / (size x time to next use) among SAMPLE random residents."""
    records, _, status = residents
    best, least_worth = 0, np.inf
    for _ in range(SAMPLE):
        status[2] ^= status[2] << 13
        status[2] ^= (status[2] >> 7) & 0x1FFFFFFFFFFFFFF
        status[2] ^= status[2] << 17
        place = (status[2] & 0x7FFFFFFF) * status[0] >> 31
        record = records[place]
        worth = record.cost / (record.size * float(record.next - now))
        if worth < least_worth:
            best, least_worth = place, worth
    return best


def remove(residents: Residents, place: int) -> None:
    """Close the gap with the last record."""
    records, places, status = residents
    places[records[place].id] = 0
    status[1] -= records[place].size
    status[0] -= 1
    if place < status[0]:
        records[place] = records[status[0]]
        places[records[place].id] = place + 1
