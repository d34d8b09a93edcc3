import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantler.core.errors import ProviderError
from pantler.core.sse import DONE, Decoder

PARTS = [b"data:", b"data: ", b"data", b"event: x", b":", b"id: 1", b"\n", b"\r", b"\r\n", b" ", b"{}", b"\xc3\xa9"]
streams = st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join)


def decoded(*chunks: bytes) -> list[bytes]:
    decoder = Decoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.promise("X1")
@given(streams)
def test_a_stream_means_the_same_split_at_every_byte(stream: bytes) -> None:
    whole = decoded(stream)
    assert decoded(*(bytes([byte]) for byte in stream)) == whole
    for cut in range(len(stream) + 1):
        assert decoded(stream[:cut], stream[cut:]) == whole


@given(
    st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1)),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
def test_what_was_written_is_read_whatever_the_line_end(events: list[str], end: str) -> None:
    stream = "".join(f"data: {event}{end}{end}" for event in events).encode()
    assert decoded(stream) == [event.encode() for event in events]


def test_data_lines_of_one_event_are_joined_by_a_line_feed() -> None:
    assert decoded(b"data: a\ndata:b\ndata\n\n") == [b"a\nb\n"]


def test_comments_names_and_a_byte_order_mark_are_passed_over() -> None:
    assert decoded(b"\xef\xbb\xbfdata: 1\n\n: ping\n\nevent: end\ndata: [DONE]\n\n") == [b"1", DONE]


def test_an_event_without_its_empty_line_is_not_given_out() -> None:
    assert decoded(b"data: 1\n\ndata: 2\n") == [b"1"]


@pytest.mark.parametrize("chunk", [b"x" * 10, b"data: " + b"x" * 10, b"data: 123\n", b"data:\n"])
def test_an_event_that_never_ends_is_refused_and_not_kept(chunk: bytes) -> None:
    decoder = Decoder(max_bytes=1000)

    def endless() -> None:
        for _ in range(2000):
            decoder.feed(chunk)

    with pytest.raises(ProviderError, match="larger than 1000 bytes"):
        endless()
