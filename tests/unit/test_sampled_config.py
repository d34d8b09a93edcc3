"""What `pantler check` says of answers that are to be looked at beside their requests."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pantler.cli import main

MODELS = "".join(f'[[models]]\nname = "{name}"\nprovider = "scripted"\nprice = "free"\n' for name in ("a", "b"))


def checked(folder: Path, tables: str, models: str = '["a", "b"]') -> Result:
    file = folder / "gateway.toml"
    file.write_text(f'{MODELS}[[routes]]\nname = "r"\nmodels = {models}\n{tables}')
    return CliRunner().invoke(main, ["check", str(file)])


@pytest.mark.parametrize(
    "tables",
    [
        '[routes.scored]\nmodel = "a"\nshare = 0.1',
        '[routes.shadowed]\nshare = 1\nbudget = "$2.50/day"',
        '[routes.shadowed]\nshare = 0.1\njudge = "model"\njudge_settings = { model = "b" }',
        '[routes.multiplexer]\nupgrade_budget = "$1/day"',
    ],
)
def test_what_can_be_done_is_accepted(tmp_path: Path, tables: str) -> None:
    found = checked(tmp_path, tables)
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ("[routes.scored]\nshare = 0.1", "scored.model: it is missing"),
        ('[routes.scored]\nmodel = "c"\nshare = 0.1', "scored.model: there is no model 'c'"),
        ('[routes.scored]\nmodel = "a"\nshare = 0', "scored.share: it is 0; give a number above 0 and at most 1"),
        (
            '[routes.scored]\nmodel = "a"\nshare = 1\nbudget = "2"',
            "scored.budget: '2' is nothing to spend; write a sum",
        ),
        ('[routes.shadowed]\nshare = 1\nbudget = "$x/day"', "shadowed.budget"),
        ('[routes.shadowed]\nshare = 1\njudge = "rules"', "'rules' is a judge of cascades; name one of embedding"),
        ('[routes.shadowed]\nshare = 1\njudge = "modal"', "no judge 'modal'; did you mean 'model'?"),
        ('[routes.shadowed]\nshare = 1\njudge = "model"', "judge_settings.model: it is missing; name one of: a, b"),
        ("[routes.shadowed]\nshare = 1\njudge_settings = { x = 1 }", "shadowed.judge_settings.x: there is no such"),
        ('[routes.multiplexer]\nupgrade_budget = "1"', "multiplexer.upgrade_budget: '1' is nothing to spend"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, tables: str, said: str) -> None:
    found = checked(tmp_path, tables)
    assert found.exit_code == 2
    assert said in found.output


def test_who_is_alone_has_no_other_to_be_asked(tmp_path: Path) -> None:
    found = checked(tmp_path, "[routes.shadowed]\nshare = 1", '["a"]')
    assert "shadowed: there is no other model to be asked; name a second one" in found.output


def test_a_judge_without_a_price_is_refused_as_its_budget_could_not_be_held(tmp_path: Path) -> None:
    unpriced = MODELS.replace('"free"', '"unpriced"', 1)
    file = tmp_path / "gateway.toml"
    file.write_text(f'{unpriced}[[routes]]\nname = "r"\nmodels = ["b"]\n[routes.scored]\nmodel = "a"\nshare = 0.1\n')
    found = CliRunner().invoke(main, ["check", str(file)])
    assert "scored.model: 'a' has no price to hold its budget by" in found.output
