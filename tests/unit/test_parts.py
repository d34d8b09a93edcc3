import pytest

from pantler.disk.parts import LENGTHS, parts


@pytest.mark.parametrize("number", [0, 1, 7, 8, 63, 64, 200, 1023])
def test_rows_stay_in_their_order_in_parts_of_few_lengths(number: int) -> None:
    rows = list(range(number))
    cut = list(parts(rows))
    assert [row for part in cut for row in part] == rows
    assert {len(part) for part in cut} <= set(LENGTHS)
