"""Outcomes of asking several models the same queries: what each charged, how good each answer was.

The tidy table has a row for each query and model: query_id, prompt, model, score (0..1), cost_usd, tokens_in,
tokens_out and, where known, answer, source ("set/category|origin"), split, checked (whether a test or a schema let the
answer pass, 1 or 0) and logprob (the mean log-probability of its tokens).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pantler.core.errors import TraceError, UnknownPart
from pantler.traces.tidy import read_tidy

NEEDED = ("query_id", "prompt", "model", "score", "cost_usd", "tokens_in", "tokens_out")
TEXTS = ("query_id", "prompt", "model", "answer", "source", "split")
NUMBERS = ("score", "cost_usd", "tokens_in", "tokens_out")
SIGNS = ("checked", "logprob")


@dataclass(frozen=True)
class Outcomes:
    """n queries by m models: scores 0..1, costs in US dollars, tokens, each float64 (n, m).

    `answers` holds the short final answers, "" where there is none; `categories` are the sources without their origins,
    "" where the file names none; `checked` and `confidence` are NaN where it does not tell. `notes` say what was left
    out and why.
    """

    name: str
    models: tuple[str, ...]
    query_ids: tuple[str, ...]
    prompts: tuple[str, ...]
    categories: tuple[str, ...]
    splits: tuple[str, ...]
    scores: NDArray[np.float64]
    costs: NDArray[np.float64]
    tokens_in: NDArray[np.float64]
    tokens_out: NDArray[np.float64]
    answers: NDArray[np.object_]
    checked: NDArray[np.float64]
    confidence: NDArray[np.float64]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.query_ids)

    def rows(self, chosen: NDArray[np.intp]) -> "Outcomes":
        """The chosen queries, in that order."""
        by_query = ("query_ids", "prompts", "categories", "splits")
        changes: dict[str, Any] = {field: tuple(getattr(self, field)[row] for row in chosen) for field in by_query}
        for field in ("scores", "costs", "tokens_in", "tokens_out", "answers", "checked", "confidence"):
            changes[field] = getattr(self, field)[chosen]
        return replace(self, **changes)

    def check_apart(self) -> None:
        """TraceError where all answers are equally good, by which nothing can be learned."""
        goods = set(np.unique(self.scores).tolist())
        if len(goods) == 1:
            good = goods.pop()
            word = {0.0: "wrong", 1.0: "right"}.get(good, f"{good:g} good")
            raise TraceError(
                f"{self.name}: all answers are {word}: nothing can be learned of which are not; "
                "add queries that some models answer otherwise"
            )

    def split(self, name: str) -> "Outcomes":
        """The queries of one split; TraceError where it has none."""
        chosen = np.flatnonzero(np.array(self.splits) == name)
        if not len(chosen):
            known = ", ".join(sorted(set(self.splits) - {""}))
            remedy = f"its splits are: {known}" if known else "it names none; give it a column split"
            raise TraceError(f"{self.name}: no query is in split {name!r}; {remedy}")
        return self.rows(chosen)


def read_outcomes(path: str | Path, *, pool: Sequence[str] = ()) -> Outcomes:
    """Read a Parquet, CSV or JSON-lines file, of the models in `pool` where any are named.

    Of rows that name the same query and model the first counts, and the first prompt of a query; a query that not every
    model has answered is left out. All are counted in the notes. Raises TraceError for missing columns, unusable
    values and files that cannot be read, UnknownPart for a model that the file does not have, MissingExtra without
    pyarrow.
    """
    path = Path(path)
    columns = _columns(path, pool)
    models = tuple(pool) or tuple(sorted(set(columns["model"].tolist())))
    for model in models:
        if model not in set(columns["model"].tolist()):
            raise UnknownPart("model", model, set(columns["model"].tolist()))
    return _tabulated(path.stem, models, columns)


def _columns(path: Path, pool: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Texts and numbers of every row; those of models outside the pool are not looked at."""
    table = read_tidy(path, TEXTS, (*NUMBERS, *SIGNS))
    missing = [name for name in NEEDED if name not in table.names]
    if missing:
        raise TraceError(
            f"{path}: no column {', '.join(missing)}; an outcome file needs {', '.join(NEEDED)} (it has "
            f"{', '.join(table.names) or 'none'})"
        )
    if not table.rows:
        raise TraceError(f"{path}: it has columns and no rows; write a row for each query and model")
    found: dict[str, NDArray[Any]] = {
        name: _texts(path, name, table.columns[name]) for name in TEXTS if name in table.columns
    }
    for name in ("query_id", "model"):
        if len(nameless := np.flatnonzero(found[name] == "")):
            raise TraceError(
                f"{path}: row {nameless[0] + 1} has no {name} (nor have {len(nameless) - 1} others); fill it in"
            )
    named = set(pool)
    of_pool = np.array([not named or model in named for model in found["model"]])
    counted = _Counted(path, found["model"], of_pool)
    for name in NUMBERS:
        found[name] = counted.numbers(name, table.columns[name])
    for name in SIGNS:
        found[name] = counted.signs(name, table.columns.get(name, [None] * table.rows))
    return found


def _texts(path: Path, name: str, values: Sequence[Any]) -> NDArray[np.object_]:
    for row, value in enumerate(values, start=1):
        if isinstance(value, list | dict | bytes):
            raise TraceError(f"{path}: row {row} has a {type(value).__name__} as {name}; write the text itself")
    return np.array(["" if value is None else str(value) for value in values], dtype=object)


@dataclass(frozen=True)
class _Counted:
    """Of which model each row is, and which rows are of the pool: what others hold is not looked at."""

    path: Path
    models: NDArray[np.object_]
    rows: NDArray[np.bool_]

    def numbers(self, name: str, values: Sequence[Any]) -> NDArray[np.float64]:
        """A column that every row needs."""
        found = self._floats(name, values)
        bad = np.flatnonzero(self.rows & ~(np.isfinite(found) & ((found >= 0.0) | (name == "score"))))
        if len(bad):
            raise TraceError(
                f"{self.path}: row {bad[0] + 1} ({self.models[bad[0]]}) has {name} {found[bad[0]]}, which must be a "
                f"number from 0 on (as in {len(bad)} rows); fill in the column{self._without(bad)}"
            )
        bad = np.flatnonzero(self.rows & ((found < 0.0) | (found > 1.0))) if name == "score" else bad
        if len(bad):
            raise TraceError(
                f"{self.path}: row {bad[0] + 1} has score {found[bad[0]]}; scores are 0 (wrong) to 1 (right)"
                f"; {len(bad)} rows are not"
            )
        return found

    def signs(self, name: str, values: Sequence[Any]) -> NDArray[np.float64]:
        """A column of what answers show, NaN where a value is missing."""
        found = self._floats(name, [None if value == "" else value for value in values])
        low, high = (0.0, 1.0) if name == "checked" else (-np.inf, 0.0)
        bad = np.flatnonzero(self.rows & ((found < low) | (found > high) | np.isinf(found)))
        if len(bad):
            where = f"{self.path}: row {bad[0] + 1} has {name} {found[bad[0]]}"
            raise TraceError(f"{where}; it lies from {low:g} to {high:g}")
        return found

    def _floats(self, name: str, values: Sequence[Any]) -> NDArray[np.float64]:
        try:
            return np.array([np.nan if value is None else float(value) for value in values])
        except (TypeError, ValueError) as error:
            raise TraceError(f"{self.path}: column {name} holds what is not a number ({error})") from error

    def _without(self, bad: NDArray[np.intp]) -> str:
        """The remedy that leaves the models of these rows out, where others remain."""
        named = sorted(set(self.models[bad].tolist()))
        remain = set(self.models[self.rows].tolist()) - set(named)
        return f", or leave {', '.join(named)} out with --pool" if remain else ""


def _tabulated(name: str, models: tuple[str, ...], columns: dict[str, NDArray[Any]]) -> Outcomes:
    places = {model: place for place, model in enumerate(models)}
    of_pool = np.array([model in places for model in columns["model"]])
    columns = {column: values[of_pool] for column, values in columns.items()}
    ids, first, query = np.unique(columns["query_id"].astype(str), return_index=True, return_inverse=True)
    cell = query * len(models) + np.array([places[model] for model in columns["model"]])
    _, kept, same = np.unique(cell, return_index=True, return_inverse=True)
    filled = np.bincount(query[kept], minlength=len(ids)) == len(models)
    if not filled.any():
        raise TraceError(f"{name}: no query was answered by all of {', '.join(models)}; name fewer with --pool")
    tables = {field: _spread(columns[field], cell, kept, (len(ids), len(models)))[filled] for field in NUMBERS}
    texts = {field: columns[field][first][filled] for field in ("prompt", "source", "split") if field in columns}
    answers = columns.get("answer", np.full(len(cell), "", dtype=object))
    signs = {field: _spread(columns[field], cell, kept, (len(ids), len(models)))[filled] for field in SIGNS}
    return Outcomes(
        name=name,
        models=models,
        query_ids=tuple(ids[filled]),
        prompts=tuple(texts["prompt"]),
        categories=tuple(source.partition("|")[0] for source in texts.get("source", [""] * int(filled.sum()))),
        splits=tuple(texts.get("split", [""] * int(filled.sum()))),
        scores=tables["score"],
        costs=tables["cost_usd"],
        tokens_in=tables["tokens_in"],
        tokens_out=tables["tokens_out"],
        answers=_spread(answers, cell, kept, (len(ids), len(models)))[filled],
        checked=signs["checked"],
        confidence=signs["logprob"],
        notes=_notes(columns, kept[same], first[query], int((~filled).sum())),
    )


def _spread(
    values: NDArray[Any], cell: NDArray[np.intp], kept: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[Any]:
    table = np.zeros(shape, values.dtype)
    table.flat[cell[kept]] = values[kept]
    return table


def _notes(
    columns: dict[str, NDArray[Any]], counts: NDArray[np.intp], names: NDArray[np.intp], incomplete: int
) -> tuple[str, ...]:
    """`counts` is which row counts in place of each, `names` the one that its query's prompt is taken from."""
    repeated = int((counts != np.arange(len(counts))).sum())
    otherwise = int((columns["score"] != columns["score"][counts]).sum())
    prompts = int((columns["prompt"] != columns["prompt"][names]).sum())
    told = f", {otherwise} of them with another score" if otherwise else ""
    notes = {
        f"{repeated} rows repeat a query and model{told}; the first of each counts": repeated,
        f"{prompts} rows have another prompt than the first of their query, which counts": prompts,
        f"{incomplete} queries were not answered by every model and are left out": incomplete,
    }
    return tuple(note for note, count in notes.items() if count)
