import csv
import re
import shlex
from pathlib import Path

import openai
import pytest
from click.testing import CliRunner
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from pantler.cli import main
from pantler.config.values import (
    Cache,
    Choice,
    Feedback,
    Gateway,
    Guarantee,
    Key,
    Limits,
    Model,
    Objective,
    Prices,
    Route,
    Scored,
    Semantic,
    Shadowed,
    Tenant,
)
from pantler.config.writing import toml
from pantler.matching.trial import LEAST_TRIALS, LEAST_WOULD_SERVE

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
GATEWAY = "http://127.0.0.1:8080"  # where the documents say that it listens
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)


@every_document
def test_every_link_to_a_file_resolves(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", document.read_text())
    broken = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert not broken


@every_document
def test_every_python_block_runs(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}  # one document is one session, block after block
    for block in re.findall(r"^```python\n(.*?)^```$", document.read_text(), flags=re.MULTILINE | re.DOTALL):
        code = block.replace(GATEWAY, request.getfixturevalue("served")) if GATEWAY in block else block
        exec(compile(code, document.name, "exec"), names)
    for left in names.values():
        if isinstance(left, openai.OpenAI):
            left.close()


@every_document
def test_every_printed_result_is_what_the_command_above_it_prints(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output: list[str] = []
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", document.read_text(), flags=re.MULTILINE | re.DOTALL):
        if language == "python" and "```text" in document.read_text():
            exec(compile(block, document.name, "exec"), {"__name__": "__main__"})
        if language == "sh":
            output = printed(block) if f"{block}```\n\n```text" in document.read_text() else []
        if language == "text":
            missing = [line for line in block.splitlines() if not any(seen.startswith(line) for seen in output)]
            assert not missing, "\n".join(output)


def printed(block: str) -> list[str]:
    """What the block's commands print, line by line."""
    lines: list[str] = []
    for command in block.replace("\\\n", " ").splitlines():
        program, *words = shlex.split(command)
        assert program.endswith("pantler")
        made = CliRunner().invoke(main, words)
        assert made.exit_code == 0, made.output
        lines += made.output.splitlines()
    return lines


@every_document
def test_every_toml_block_passes_the_check(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for block in re.findall(r"^```toml\n(.*?)^```$", document.read_text(), flags=re.MULTILINE | re.DOTALL):
        for name in re.findall(r'^\w+_env = "(\w+)"', block, flags=re.MULTILINE):
            monkeypatch.setenv(name, "a secret that is long enough")
        file = tmp_path / "gateway.toml"
        file.write_text(block)
        result = CliRunner().invoke(main, ["check", str(file)])
        assert result.exit_code == 0, result.output


TABLES: dict[str, type[Struct]] = {
    "[gateway]": Gateway,
    "[cache]": Cache,
    "[feedback]": Feedback,
    "[[models]]": Model,
    "price": Prices,
    "[models.limits]": Limits,
    "[[routes]]": Route,
    "[routes.objective]": Objective,
    "[routes.objective.guarantee]": Guarantee,
    "[routes.multiplexer]": Choice,
    "[routes.semantic]": Semantic,
    "[routes.scored]": Scored,
    "[routes.shadowed]": Shadowed,
    "[[tenants]]": Tenant,
    "[[tenants.keys]]": Key,
}


@pytest.mark.parametrize("table", TABLES)
def test_the_page_of_the_configuration_has_every_key_with_its_default(table: str) -> None:
    page = (ROOT / "docs/reference/configuration.md").read_text()
    section = re.split(r"^##+ ", page.partition(f"# `{table}`\n")[2], flags=re.MULTILINE)[0]
    told = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, flags=re.MULTILINE)
    assert told == [(field.encode_name, default(field)) for field in fields(TABLES[table])]


def default(field: FieldInfo) -> str:
    """As the page writes it."""
    value = field.default if field.default is not NODEFAULT else field.default_factory
    if field.required:
        return "*required*"
    if value is None:
        return "none"
    if isinstance(value, Struct):
        return "a table"
    if value is dict:
        return "`{}`"
    return f"`{toml({'key': value}).partition(' = ')[2].strip()}`"


def test_decision_records_are_numbered_without_gaps_and_have_their_four_parts() -> None:
    records = sorted(ROOT.glob("docs/decisions/*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        headings = re.findall(r"^## (.*)$", record.read_text(), flags=re.MULTILINE)
        assert headings == ["Situation", "Choice", "What we give up", "How we would know that we were wrong"], record


def test_the_table_of_routes_is_that_of_the_benchmark() -> None:
    page = (ROOT / "docs/explanation/how-a-route-chooses.md").read_text()
    with (ROOT / "benchmarks/results/routes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        shares = [f"{float(row[name]):.3f} ± {float(row[f'{name}_se']):.3f}" for name in STRATEGIES]
        assert f"| {int(row['requests']):,} | {float(row['weight']):g} | {' | '.join(shares)} |" in page


def test_a_routes_choice_costs_no_more_than_the_better_of_its_models() -> None:
    """As the decisions on the bound of a plan and on the reference model say, by which they would be found wrong."""
    with (ROOT / "benchmarks/results/routes.csv").open() as file:
        for row in csv.DictReader(file):
            first = 0.0 if float(row["weight"]) else 30 / int(row["requests"])  # calls of the dear model
            best = min(float(row["dear"]), float(row["cheap"]))
            assert float(row["tabular"]) <= best + first + float(row["tabular_se"])


def test_the_table_of_the_readme_is_that_of_the_demo() -> None:
    page = (ROOT / "README.md").read_text()
    with (ROOT / "benchmarks/results/demo.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        spent, cache, choice, total = (
            f"{int(row[name]) / 10_000_000:.2f}"
            for name in ("spent", "saved_by_cache", "saved_by_choice", "spent_and_errors")
        )
        right = f"{int(row['right']) / int(row['requests']):.1%}".replace("%", " %")
        assert f"| {row['strategy']} | {spent} | {cache} | {choice} | {right} | {total} |" in page
    chooses = {"pantler", "learned + auto"}
    totals = {row["strategy"]: int(row["spent_and_errors"]) for row in rows}
    assert max(totals[name] for name in chooses) < min(total for name, total in totals.items() if name not in chooses)


def test_the_table_of_signals_is_that_of_the_benchmark() -> None:
    page = (ROOT / "docs/explanation/what-a-word-is-worth.md").read_text()
    with (ROOT / "benchmarks/results/signals.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        tested = f"{float(row['tested']):.0%}".replace("%", " %") if float(row["tested"]) else "none"
        loss = f"{float(row['log_loss']):.3f} ± {float(row['log_loss_se']):.3f}"
        assert f"| {float(row['true']):.2f} | {tested} | {float(row['reliability']):.3f} | {loss} |" in page


def test_the_table_of_cascades_is_that_of_the_benchmark() -> None:
    page = (ROOT / "docs/how-to/fit-and-evaluate-a-multiplexer.md").read_text()
    with (ROOT / "benchmarks/results/cascades.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    for name in {row["set"]: None for row in rows}:
        cells = [f"{float(row['aiq']):.3f} / {float(row['c98']):.2f}" for row in rows if row["set"] == name]
        assert f"| {name} | {' | '.join(cells)} |" in page


def test_what_a_shadow_takes_is_on_both_pages_as_in_the_code() -> None:
    how_to = " ".join((ROOT / "docs/how-to/serve-near-questions.md").read_text().split())
    page = " ".join((ROOT / "docs/explanation/what-a-semantic-hit-promises.md").read_text().split())
    assert f"{LEAST_TRIALS} labels at least, {LEAST_WOULD_SERVE} of them of hits" in how_to
    assert f"at least {LEAST_TRIALS} requests with {LEAST_WOULD_SERVE} that would have been served" in page


def test_the_reasons_on_the_page_of_decisions_are_those_of_the_code() -> None:
    page = (ROOT / "docs/explanation/how-a-request-is-decided.md").read_text()
    code = "".join(file.read_text() for file in sorted((ROOT / "src").rglob("*.py")))
    code = code.replace("{terms.few_labels}", "30").replace("{of}", "the route") + code.replace("{of}", "this query")
    rows = re.findall(r"^\| (?:hit|miss|coalesced|bypass) \| (.*?) \|", page, flags=re.MULTILINE)
    reasons = re.findall(r"`(.*?)`", " ".join(rows))
    assert len(reasons) >= 8
    assert [reason for reason in reasons if f'"{reason}"' not in code] == []


STRATEGIES = ("dear", "cheap", "tabular", "knowing")
