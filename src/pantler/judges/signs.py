"""How likely an answer is to be wrong by what it shows, as `pantler fit` has learned from outcomes.

It shows whether it keeps the form that was asked for, how sure its model was of its tokens, how long it is, how many of
the answers given so far say the same. The score is one half where keeping it costs as much as asking on.
"""

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec

from pantler.core.answers import said_in
from pantler.core.asks import Ask, Opinion
from pantler.core.errors import MissingExtra
from pantler.core.lengths import own_length
from pantler.judges._beside import beside
from pantler.texts.showing import Sign, sign


class BySigns:
    """Scores as `score` does, which is given the model's name; 0 where nothing was fitted and for no answer."""

    def __init__(self, *, score: Callable[[str, Sign], float] | None = None) -> None:
        if find_spec("jsonschema_rs") is None:
            raise MissingExtra("the judge 'signs'", "gateway")
        self._score = score

    async def judge(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        return await beside(ask, answers, partial(self._opinion, ask, answers))

    def _opinion(self, ask: Ask, answers: Sequence[bytes]) -> Opinion:
        said = said_in(answers[-1])
        if self._score is None or not said:
            return Opinion(0.0, "nothing was fitted" if said else "no answer")
        length = own_length(ask.body)
        if unfinished := next(filter(None, (each.unfinished(length) for each in said)), ""):
            return Opinion(0.0, unfinished)
        shows = sign(ask, answers)
        return Opinion(self._score(ask.model, shows), "by what it shows", shows.kept())
