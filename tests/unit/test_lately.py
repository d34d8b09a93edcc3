from pantler.gateway.lately import Lately


def test_what_comes_again_soon_is_known() -> None:
    lately = Lately(4)
    assert [lately.note("blue", b"%d" % number) for number in (1, 2, 1, 3, 2)] == [False, False, True, False, True]


def test_what_came_long_ago_is_forgotten() -> None:
    lately = Lately(4)
    assert not any(lately.note("blue", b"%d" % number) for number in range(100))
    assert lately.note("blue", b"98")
    assert not lately.note("blue", b"2")


def test_what_another_has_sent_is_not_known() -> None:
    lately = Lately(4)
    assert not lately.note("blue", b"1")
    assert not lately.note("red", b"1")
