"""The names that a client may ask for an answer, in the shape in which OpenAI's API lists its models."""

import msgspec

from pantler.gateway.answers import Answers
from pantler.gateway.exchange import Exchange
from pantler.gateway.replies import JSON, Refused, fault, reply

PATH = "/v1/models"

_encode = msgspec.json.Encoder().encode


class Listing:
    """Lists routes and models alike: a client need not know which is which."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def all(self, exchange: Exchange) -> None:
        """GET /v1/models."""
        with self._answers.entered(exchange):
            listed = [_model(name) for name in self._names(exchange)]
        await reply(
            exchange.send,
            200,
            [JSON, *exchange.all_marks()],
            _encode({"object": "list", "data": listed}),
        )

    async def one(self, exchange: Exchange) -> None:
        """GET /v1/models/NAME."""
        with self._answers.entered(exchange):
            name = exchange.path.removeprefix(f"{PATH}/")
            if name not in self._names(exchange):
                said = f"no model or route is named {name[:64]!r}; GET {PATH} lists the names that can be asked"
                raise Refused(fault(404, "model_not_found", said, "model"))
        await reply(exchange.send, 200, [JSON, *exchange.all_marks()], _encode(_model(name)))

    def _names(self, exchange: Exchange) -> list[str]:
        assert exchange.holder is not None
        return self._answers.desk.routes.names(exchange.holder.tenant.routes)


def _model(name: str) -> dict[str, str | int]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "pantler"}
