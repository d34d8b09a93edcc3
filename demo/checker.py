"""Says whether an answer to one of the demo's questions is right: whether an accepted one stands in it, as words."""

import re
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
MOST_TOKENS = 12  # of an answer; what comes later is not asked for


class Question(msgspec.Struct, frozen=True):
    """`answer` is what the scripted reference model says, `also` are other right answers."""

    question: str
    answer: str
    also: tuple[str, ...] = ()


class Recorded(msgspec.Struct, frozen=True):
    """One recorded answer, as the provider `replay` reads it, with the checker's word on it."""

    model: str
    question: str
    answer: str
    tokens_in: int
    tokens_out: int
    seconds: float
    finish_reason: str
    right: bool


def questions() -> list[Question]:
    """The set."""
    return msgspec.json.Decoder(Question).decode_lines((FOLDER / "questions.jsonl").read_bytes())


def recorded() -> list[Recorded]:
    """What both models answered when `measure.py` asked them."""
    return msgspec.json.Decoder(Recorded).decode_lines((FOLDER / "outcomes.jsonl").read_bytes())


def is_right(question: Question, answer: str) -> bool:
    """Whether an accepted answer stands in this one, whatever the case and punctuation."""
    said = f" {_words(answer)} "
    return any(f" {_words(accepted)} " in said for accepted in (question.answer, *question.also))


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
