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

from pantler.core.errors import MissingExtra, TraceError, UnknownPart

NEEDED = ("query_id", "prompt", "model", "score", "cost_usd", "tokens_in", "tokens_out")
OPTIONAL = ("answer", "source", "split")
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

    Of rows that name the same query and model the first counts; a query that not every model has answered is left out.
    Both are counted in the notes. Raises TraceError for missing columns, unusable values and files that cannot be read,
    UnknownPart for a model that the file does not have, MissingExtra without pyarrow.
    """
    path = Path(path)
    columns = _columns(path)
    models = tuple(pool) or tuple(sorted(set(columns["model"].tolist())))
    for model in models:
        if model not in set(columns["model"].tolist()):
            raise UnknownPart("model", model, set(columns["model"].tolist()))
    return _tabulated(path.stem, models, columns)


def _columns(path: Path) -> dict[str, NDArray[Any]]:
    table = _table(path)
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise TraceError(
            f"{path}: no column {', '.join(missing)}; an outcome file needs {', '.join(NEEDED)} (it has "
            f"{', '.join(table.column_names)})"
        )
    if not table.num_rows:
        raise TraceError(f"{path}: it has columns and no rows; write a row for each query and model")
    found: dict[str, NDArray[Any]] = {}
    for name in (*NEEDED, *(name for name in OPTIONAL if name in table.column_names)):
        found[name] = _numbers(path, name, table[name]) if name in NUMBERS else _texts(table[name])
    for name in SIGNS:
        found[name] = _signs(path, name, table)
    wrong = np.flatnonzero(~((found["score"] >= 0.0) & (found["score"] <= 1.0)))
    if len(wrong):
        raise TraceError(
            f"{path}: row {wrong[0] + 1} has score {found['score'][wrong[0]]}; scores are 0 (wrong) to 1 (right)"
            f"; {len(wrong)} rows are not"
        )
    return found


def _table(path: Path) -> Any:
    """The file as a pyarrow table."""
    try:
        import pyarrow
        from pyarrow import csv, json, parquet
    except ImportError as error:
        raise MissingExtra("reading outcomes", "simulator") from error
    readers = {".parquet": parquet.read_table, ".csv": csv.read_csv, ".jsonl": json.read_json}
    reader = readers.get(path.suffix)
    if not path.exists():
        raise TraceError(f"{path}: no such file; name one of outcomes, read from {', '.join(readers)}")
    if reader is None:
        raise TraceError(f"{path}: outcomes are read from {', '.join(readers)}; name the file so, or convert it")
    try:
        return reader(path)
    except (pyarrow.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise TraceError(f"{path}: cannot be read ({reason}); fetch or write it again") from error


def _texts(column: Any) -> NDArray[np.object_]:
    return np.array(["" if value is None else str(value) for value in column.to_pylist()], dtype=object)


def _numbers(path: Path, name: str, column: Any) -> NDArray[np.float64]:
    """The column as floats; a price that is missing is named with its model's remedy."""
    try:
        found = np.array([np.nan if value is None else float(value) for value in column.to_pylist()])
    except (TypeError, ValueError) as error:
        raise TraceError(f"{path}: column {name} holds what is not a number ({error})") from error
    bad = np.flatnonzero(~np.isfinite(found) | (found < 0.0))
    if len(bad):
        raise TraceError(
            f"{path}: row {bad[0] + 1} has {name} {found[bad[0]]}, which must be a number from 0 on "
            f"(as in {len(bad)} rows); leave those models out with --pool, or fill in the column"
        )
    return found


def _signs(path: Path, name: str, table: Any) -> NDArray[np.float64]:
    """A column of what answers show, NaN where it or a value is missing."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    try:
        values = table[name].to_pylist()
        found = np.array([np.nan if value is None or value == "" else float(value) for value in values])
    except (TypeError, ValueError) as error:
        raise TraceError(f"{path}: column {name} holds what is not a number ({error})") from error
    low, high = (0.0, 1.0) if name == "checked" else (-np.inf, 0.0)
    bad = np.flatnonzero((found < low) | (found > high) | np.isinf(found))
    if len(bad):
        raise TraceError(f"{path}: row {bad[0] + 1} has {name} {found[bad[0]]}; it lies from {low:g} to {high:g}")
    return found


def _tabulated(name: str, models: tuple[str, ...], columns: dict[str, NDArray[Any]]) -> Outcomes:
    places = {model: place for place, model in enumerate(models)}
    of_pool = np.array([model in places for model in columns["model"]])
    columns = {column: values[of_pool] for column, values in columns.items()}
    ids, first, query = np.unique(columns["query_id"].astype(str), return_index=True, return_inverse=True)
    cell = query * len(models) + np.array([places[model] for model in columns["model"]])
    _, kept = np.unique(cell, return_index=True)
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
        notes=_notes(len(cell) - len(kept), int((~filled).sum())),
    )


def _spread(
    values: NDArray[Any], cell: NDArray[np.intp], kept: NDArray[np.intp], shape: tuple[int, int]
) -> NDArray[Any]:
    table = np.zeros(shape, values.dtype)
    table.flat[cell[kept]] = values[kept]
    return table


def _notes(repeated: int, incomplete: int) -> tuple[str, ...]:
    notes = []
    if repeated:
        notes.append(f"{repeated} rows repeat a query and model; the first of each counts")
    if incomplete:
        notes.append(f"{incomplete} queries were not answered by every model and are left out")
    return tuple(notes)
