"""What a run is replayed on: queries in order with the cost of each way to answer them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Workload(NamedTuple):
    """Requests in order, one entry per request in `ids`, `cascade`, `large` and `failed`.

    Costs are in the table's raw unit; `failed` says that the cascade had to ask the large model. The selector is right
    where its uniform coin is below its accuracy: the j-th coin belongs to the j-th miss, or to query j.
    """

    queries: int
    ids: Ids
    cascade: Floats
    large: Floats
    failed: Flags
    coins: Floats
    coin_per_query: bool = False
