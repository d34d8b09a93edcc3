"""Arrays that begin where a line of the processor's cache begins, in large pages where NumPy asks for them.

What fills one line, an item or a block of counters, then costs one load from memory and not two.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE_BYTES = 64


def unset(length: int, dtype: Any, lead: int = 0) -> NDArray[Any]:
    """So many elements of any value, a line beginning behind the first `lead`; np.zeros asks for no large pages."""
    each = np.dtype(dtype).itemsize
    held = np.empty(length * each + LINE_BYTES, np.uint8)
    start = -(held.ctypes.data + lead * each) % LINE_BYTES
    return held[start : start + length * each].view(dtype)


def longer(array: NDArray[Any], length: int) -> NDArray[Any]:
    """The array with zeros behind it."""
    grown = unset(length, array.dtype)
    grown[: len(array)] = array
    grown[len(array) :] = np.zeros((), array.dtype)
    return grown


def doubled(array: NDArray[Any], lead: int = 0) -> NDArray[Any]:
    """The array, and behind it the array again."""
    grown = unset(2 * len(array), array.dtype, lead)
    grown[: len(array)] = array
    grown[len(array) :] = array
    return grown
