from pathlib import Path

import pantler

MOST_LINES = 300
SOURCES = Path(pantler.__file__).parent


def test_no_file_is_so_long_that_it_must_hold_a_second_idea() -> None:
    lines = {str(file.relative_to(SOURCES)): len(file.read_text().splitlines()) for file in SOURCES.rglob("*.py")}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
