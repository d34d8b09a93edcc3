"""How far a verb has come, where nobody sees a bar."""

import threading

import pytest

from pantler.cli import _bars
from pantler.cli._bars import Lines, bars


def test_a_line_says_how_many_steps_of_how_many_are_done_and_for_how_long_it_has_been() -> None:
    seconds = iter([100.0, 140.0])
    lines = Lines(lambda: next(seconds))
    advance = lines.add("fitting", 12)
    advance(2)
    advance(1)
    assert lines.line() == "fitting: 3 of 12, 40 s"


def test_before_anything_is_counted_a_line_says_what_is_under_way() -> None:
    lines = Lines(lambda: 0.0)
    assert lines.line() == "reading, 0 s"
    lines.add("rows", None)
    assert lines.line() == "rows, 0 s"


def test_a_line_is_of_what_went_on_last() -> None:
    lines = Lines(lambda: 0.0)
    counting = lines.add("counting", None)
    lines.add("simulating", 10)
    counting(1000)
    assert lines.line() == "counting: 1,000, 0 s"


def test_where_standard_error_is_no_terminal_a_line_comes_every_so_often(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told, echo = threading.Event(), _bars.click.echo

    def heard(line: str, *, err: bool) -> None:
        echo(line, err=err)
        told.set()

    monkeypatch.setattr(_bars, "EVERY_SECONDS", 0.001)
    monkeypatch.setattr(_bars.click, "echo", heard)
    with bars(quiet=False) as bar:
        bar("fitting", 3)(1)
        assert told.wait(10.0)
    shown = capsys.readouterr()
    assert not shown.out
    assert "fitting: 1 of 3, " in shown.err or "reading, " in shown.err


def test_who_wants_it_quiet_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_bars, "EVERY_SECONDS", 0.0)
    before = threading.active_count()
    with bars(quiet=True) as bar:
        bar("fitting", 3)(1)
        assert threading.active_count() == before
    assert capsys.readouterr() == ("", "")
