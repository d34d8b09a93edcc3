"""The tables of the pages on fitting, on words and on semantic hits against what was recorded."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean

import pytest

ROOT = Path(__file__).parents[2]
FIT = "how-to/fit-and-evaluate-a-multiplexer.md"
SETS = {"pararel": "ParaRel", "clinc": "CLINC", "banking": "BANKING", "checklist": "CheckList"}
ENDS = ("c98", "c98_low", "c98_high")
SHOWN = (("hit_rate", 1), ("wrong_per_request", 2))
Rows = list[dict[str, str]]


def recorded(name: str) -> Rows:
    return list(csv.DictReader((ROOT / "benchmarks" / "results" / f"{name}.csv").read_text().splitlines()))


def quoted(page: str, head: str) -> list[str]:
    """The lines of the table whose head begins so."""
    lines = (ROOT / "docs" / page).read_text().splitlines()
    (start,) = [place for place, line in enumerate(lines) if line.startswith(head)]
    end = next(place for place, line in enumerate(lines[start:], start) if not line.startswith("|"))
    return lines[start + 2 : end]


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def guarantees(rows: Rows) -> Iterator[str]:
    for row in rows:
        if row["certified"] != "0":
            sent, wrong, cost = (float(row[name]) for name in ("sent_share", "wrong_share", "cost"))
            counts = (row["set"], row["alpha"], row["certified"], row["violations"])
            yield line(*counts, f"{sent:.0%}", f"{wrong:.1%}", f"{cost:.2f}")


def few(rows: Rows) -> Iterator[str]:
    for row in rows:
        gain, least, error = (float(row[name]) for name in ("gain", "least", "bootstrap_error"))
        yield line(row["set"], f"{gain:+.4f}", f"{least:+.4f}", f"{error:.4f}")


def streams(rows: Rows) -> Iterator[str]:
    found = {(row["set"], row["stream"], row["scenario"], row["multiplexer"]): row for row in rows}
    for name in dict.fromkeys(row["set"] for row in rows):
        frozen, warm = (found[name, "test", "steady", each] for each in ("frozen", "warm"))
        nothing, tabular = (found[name, "all", "steady", each] for each in ("from nothing", "tabular"))
        told = [frozen["whole"], warm["first"], warm["rest"], nothing["first"], nothing["second_half"]]
        shown = [f"{float(each):.3f}" for each in (*told, tabular["second_half"])]
        shown[-2] += f" ± {float(nothing['second_half_error']):.3f}"
        yield line(name, *shown)


def changes(rows: Rows) -> Iterator[str]:
    found = {(row["set"], row["scenario"]): row["changed"] for row in rows if row["multiplexer"] == "warm"}
    for name in dict.fromkeys(row["set"] for row in rows):
        yield line(name, *(f"{float(found[name, each]):.3f}" for each in ("dearer", "spoilt", "newcomer")))


def multiplexers(rows: Rows) -> Iterator[str]:
    found = {(row["set"], row["multiplexer"]): row for row in rows}

    def aiq(name: str, multiplexer: str) -> str:
        return f"{float(found[name, multiplexer]['aiq']):.3f}" if (name, multiplexer) in found else "-"

    def whole(name: str, multiplexer: str) -> str:
        if (name, multiplexer) not in found:
            return "-"
        row = found[name, multiplexer]
        low, high = float(row["aiq_gain_low"]), float(row["aiq_gain_high"])
        at, least, most = ("never" if row[end] == "inf" else f"{float(row[end]):.2f}" for end in ENDS)
        return f"{aiq(name, multiplexer)}, {low:+.3f} to {high:+.3f}, {at} ({least} to {most})"

    for name in dict.fromkeys(row["set"] for row in rows):
        told = (aiq(name, "random mix"), aiq(name, "true category"))
        yield line(name, *told, whole(name, "learned"), whole(name, "learned with cascades"))


def losses(rows: Rows) -> Iterator[str]:
    made = []
    for row in rows:
        lost = f"{float(row['loss']):+.3f} ± {float(row['loss_se']):.3f}"
        shares = (f"{float(row[name]):.1%}".replace("%", " %") for name in ("believed", "wrong"))
        told = (f"{float(row['doubt']):.2f}", lost, f"{float(row['cost']):.2f}", row["several"])
        made.append(line(row["set"], row["split"], *told, *shares))
    yield from dict.fromkeys(made)  # where agreement was not too hopeful, doubted is as fitted


def hits(rows: Rows) -> Iterator[str]:
    found = {(row["set"], row["matcher"]): row for row in rows}
    for name, shown in SETS.items():
        ours = found[name, "verified"]
        shares = [float(ours[each]) for each in ("hit_rate", "least_hit_rate", "wrong_per_request")]
        most, per_hit = float(ours["most_wrong_per_request"]), float(ours["wrong_per_hit"])
        others = [float(found[name, each]["hit_rate"]) for each in ("static in hindsight", "vcache")]
        told = [f"{shares[0]:.1%}", f"{shares[1]:.1%}", f"{shares[2]:.2%}", f"{most:.2%}", f"{per_hit:.1%}"]
        yield line(shown, *(each.replace("%", " %") for each in (*told, *(f"{other:.1%}" for other in others))))


def gated(rows: Rows) -> Iterator[str]:
    shown = (("refused_by_rules_on_texts", 1), ("hit_rate", 1), ("least_hit_rate", 1), ("wrong_per_request", 2))
    shown += (("most_wrong_per_request", 2), ("wrong_per_hit", 1))
    for row in rows:
        told = [f"{float(row[each]):.{digits}%}".replace("%", " %") for each, digits in shown]
        yield line(SETS[row["set"]], *told)


def orders(rows: Rows) -> Iterator[str]:
    """Hits at the default promise, and those under 5 % per hit."""
    for per_request, per_hit in (("0.01", ""), ("0.05", "0.05")):
        some = [row for row in rows if (row["per_request"], row["per_hit"]) == (per_request, per_hit)]
        for name, shown in SETS.items():
            shares = [f"{float(row['hit_rate']):.1%}" for row in some if row["set"] == name]
            yield line(shown, "5 % per hit" if per_hit else "1 %", *(each.replace("%", " %") for each in shares))


def longs(rows: Rows) -> Iterator[str]:
    found = {(row["order"], row["set"], row["per_request"], row["matcher"]): row for row in rows}
    for (order, name, promised, _), ours in found.items():
        if ours["matcher"] == "verified":
            both = ours, found[order, name, promised, "vcache"]
            told = [f"{float(row[each]):.{digits}%}" for row in both for each, digits in SHOWN]
            questions = f"{int(order.removeprefix('as drawn, ')):,}"
            cells = (f"{float(promised):.0%}", *told)
            yield line(SETS[name], questions, *(each.replace("%", " %") for each in cells))


def words(rows: Rows) -> Iterator[str]:
    for row in rows:
        tested = f"{float(row['tested']):.0%}".replace("%", " %") if float(row["tested"]) else "none"
        loss, error = float(row["log_loss"]), float(row["log_loss_se"])
        reliability = f"{float(row['reliability']):.3f}"
        yield line(f"{float(row['true']):.2f}", tested, reliability, f"{loss:.3f} ± {error:.3f}")


def rolling(rows: Rows) -> Iterator[str]:
    before = {of(row): float(row["log_loss"]) for row in rows if row["way"] == "none"}
    for way in dict.fromkeys(row["way"] for row in rows):
        told = []
        for stream in ("alike", "unlike", "worse"):
            some = [row for row in rows if (row["way"], row["stream"]) == (way, stream)]
            told.append(f"{fmean(float(row['log_loss']) - before[of(row)] for row in some):+.4f}")
            told.append(f"{fmean(float(row['ece']) for row in some):.4f}")
        yield line(way, *told)


def deciding(rows: Rows) -> Iterator[str]:
    for row in rows:
        middle, slow = (f"{float(row[name]) / 1000:.2f} ms" for name in ("p50_us", "p95_us"))
        held = re.sub(r"<= (\d+)", lambda most: f"at most {int(most[1]) / 1000:g} ms", row["line"])
        yield line(row["figure"], middle, slow, held or "-")


def lengths(rows: Rows) -> Iterator[str]:
    for popularity, penalty in dict.fromkeys((row["popularity"], row["penalty"]) for row in rows):
        held = [row for row in rows if (row["popularity"], row["penalty"]) == (popularity, penalty)]
        yield line(popularity, penalty, *(f"{float(row['to_paper']):.3f}" for row in held))


def of(row: dict[str, str]) -> tuple[str, ...]:
    return row["set"], row["stream"], row["rated"]


@pytest.mark.parametrize(
    ("page", "head", "name", "shown"),
    [
        (FIT, "| set | alpha |", "guarantee", guarantees),
        (FIT, "| set | gain in AIQ", "multiplexers_small", few),
        (FIT, "| set | frozen |", "online", streams),
        (FIT, "| set | a model five times as dear |", "online", changes),
        (FIT, "| set | random mix |", "multiplexers", multiplexers),
        (FIT, "| set | split | odds |", "quality_loss", losses),
        (FIT, "| what takes so long |", "deciding", deciding),
        ("explanation/hit-amortised-choice.md", "| asked so often |", "joint_length", lengths),
        ("explanation/what-a-semantic-hit-promises.md", "| set | hits |", "matcher_hits", hits),
        ("explanation/what-a-semantic-hit-promises.md", "| set, as a gateway serves it |", "matcher_gated", gated),
        ("explanation/what-a-semantic-hit-promises.md", "| set | promised |", "matcher_promise", orders),
        ("explanation/what-a-semantic-hit-promises.md", "| set | questions |", "matcher_long", longs),
        ("explanation/what-a-word-is-worth.md", "| thumbs are true |", "signals", words),
        ("decisions/0030-rolling-calibration-has-two-numbers.md", "| way | alike |", "rolling", rolling),
    ],
)
def test_every_line_of_the_table_is_recorded(
    page: str, head: str, name: str, shown: Callable[[Rows], Iterator[str]]
) -> None:
    assert sorted(quoted(page, head)) == sorted(shown(recorded(name)))
