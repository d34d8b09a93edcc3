"""Files of texts for the evaluation of matchers: which are read, and what is wrong with those that are not."""

import gzip
from pathlib import Path

import pytest

from pantler.core.errors import TraceError
from pantler.simulator.rehearsal.texts import read_texts


def test_pairs_that_are_labelled_the_same_ask_for_one_fact(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("a,b,same_answer,category\nx,y,1,one\ny,z,1,one\nx,v,0,two\n")
    texts = read_texts(file)
    assert texts.facts["x"] == texts.facts["y"] == texts.facts["z"] != texts.facts["v"]
    assert [(pair.same, pair.category) for pair in texts.pairs] == [(True, "one"), (True, "one"), (False, "two")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\n", "no rows below them"),
        ("text,label\na,b\n", "has the columns text, label: give"),
        ("", r"has the columns \(none\)"),
        ("text,intent\na,b\nc\n", "row 2 has not as many cells as the 2 columns"),
        ("text,intent\na,b\n,c\n", "row 2 has an empty text"),
        ("text,intent\na,b\nc, \n", "row 2 has an empty intent"),
        ("a,b,same_answer\nx,y,1\nx,z,maybe\n", "row 2 has same_answer = 'maybe'"),
        ('text,intent\na,b\n"c,d\ne,f\n', "cannot be read as CSV"),
        ("# Title\n\nSome words, and more, and more.\n", "row 1 has not as many cells as the 1 columns"),
    ],
)
def test_what_is_no_file_of_texts_is_refused_by_what_it_lacks(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "texts.csv"
    file.write_text(content)
    with pytest.raises(TraceError, match=words):
        read_texts(file)


def test_a_mark_of_the_byte_order_is_no_part_of_a_column(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("text,intent\na,b\n", encoding="utf-8-sig")
    assert read_texts(file).facts == {"a": "b"}


def test_a_compressed_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv.gz"
    file.write_bytes(gzip.compress(b"text,intent\n" + b"a,b\n" * 100)[:-12])
    with pytest.raises(TraceError, match="cannot be read as CSV"):
        read_texts(file)
