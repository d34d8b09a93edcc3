import msgspec

from pantler.core.packing import encoded_list


def test_a_list_that_is_encoded_value_by_value_reads_like_any_other() -> None:
    for values in ([], [1], [(number, str(number), number / 3) for number in range(70_000)]):
        written = msgspec.msgpack.encode({"before": 1, "values": encoded_list(iter(values)), "after": 2})
        read = msgspec.msgpack.decode(written)
        assert read == {"before": 1, "values": [list(v) if isinstance(v, tuple) else v for v in values], "after": 2}
