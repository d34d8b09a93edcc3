"""Files of texts for the evaluation of matchers: which are read, and what is wrong with those that are not."""

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
        ("# Title\n\nSome words, and more, and more.\n", "row 1 has not as many cells as the 1 columns"),
    ],
)
def test_what_is_no_file_of_texts_is_refused_by_what_it_lacks(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "texts.csv"
    file.write_text(content)
    with pytest.raises(TraceError, match=words):
        read_texts(file)
