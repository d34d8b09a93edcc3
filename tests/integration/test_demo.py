"""The demo as `make demo` runs it, but that the small model's answers are replayed."""

import re
import subprocess
import sys
from pathlib import Path

from comparison import NO_CACHE
from learning import LEARNED
from pantler.core.rows import RENEWED
from pantler.ledgers.reading import reading
from report import OWN

SCRIPT = Path(__file__).parents[2] / "demo" / "run.py"
PATIENCE = 900.0


def test_the_demo_serves_a_thousand_requests_and_costs_less_than_any_simpler_strategy(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    run = subprocess.run(
        [sys.executable, str(SCRIPT), "--replayed", "--folder", str(folder)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    totals = {name: float(cells[-1]) for name, *cells in rows(run.stdout)}
    assert set(totals) == {OWN, LEARNED, "dear model + LRU", "cheap model + LRU", NO_CACHE}
    assert max(totals.pop(OWN), totals.pop(LEARNED)) < min(totals.values())
    with reading(folder) as connection:
        ((behind,),) = connection.execute("SELECT count(*) FROM rows WHERE decision LIKE '%' || ?", (RENEWED,))
    assert f"{1000 + behind} rows computed again, no differences" in run.stdout, "calls behind a hit have rows too"
    assert "Where to look next" in run.stdout
    served = re.search(r"then (\d+) near answers were served", run.stdout)
    assert served is not None
    assert int(served[1]) > 200
    wrong = re.search(r"wrong per request: +([\d.]+)% promised at most, ([\d.]+)% observed", run.stdout)
    assert wrong is not None
    assert float(wrong[2]) <= float(wrong[1])
    assert re.search(r"wrong per hit: +nothing promised, [\d.]+% observed", run.stdout)
    assert {file.name for file in folder.iterdir()} > {"gateway.toml", "gateway.log", "ledger.sqlite", "table.csv"}


def rows(printed: str) -> list[list[str]]:
    """The cells of the table's rows."""
    return [re.findall(r"[^│ ][^│]*[^│ ]", line) for line in printed.splitlines() if line.startswith("│")]
