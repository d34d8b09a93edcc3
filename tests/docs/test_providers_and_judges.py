"""The page of providers and judges names every one with every setting and its default."""

import inspect
import re
from pathlib import Path

import pytest

from pantler.build import names, part
from pantler.config.writing import toml
from pantler.core.refusing import REFUSALS

PAGE = (Path(__file__).parents[2] / "docs/reference/providers-and-judges.md").read_text()
OF_THE_GATEWAY = {"ask", "clock", "embed", "endpoint", "score", "sleep"}
PARTS = [(kind, name) for kind in ("providers", "judges") for name in names(kind)]


def shown(default: object) -> str:
    if default is inspect.Parameter.empty:
        return "*required*"
    if default is REFUSALS:
        return "five patterns"
    if default is None:
        return "none"
    value = list(default) if isinstance(default, tuple) else default
    return f"`{toml({'key': value}).partition(' = ')[2].strip()}`"


def test_every_one_has_its_section_and_no_other_does() -> None:
    assert sorted(re.findall(r"^### `(\w+)`$", PAGE, flags=re.MULTILINE)) == sorted(name for _, name in PARTS)


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_its_table_holds_every_setting_with_its_default(kind: str, name: str) -> None:
    section = re.split(r"^##", PAGE.split(f"### `{name}`\n")[1], flags=re.MULTILINE)[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section, flags=re.MULTILINE))
    parameters = inspect.signature(part(kind, name)).parameters
    assert documented == {key: shown(each.default) for key, each in parameters.items() if key not in OF_THE_GATEWAY}
