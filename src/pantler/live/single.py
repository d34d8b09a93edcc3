"""The call of a plan of one model whose answer comes whole."""

from pantler.core.asks import Ask
from pantler.core.rows import Asked
from pantler.core.types import Plan
from pantler.live.means import Answered, Means
from pantler.live.reckoning import Reckoning


def is_single(plan: Plan) -> bool:
    """Whether a plan's answer is that of its one model, whatever it is: there is nobody to hear it."""
    return len(plan.models) == 1


async def whole(ask: Ask, means: Means, asked: list[Asked]) -> Answered:
    """A whole answer of the ask's model; the call is added to `asked` once it ends, however it ends."""
    with Reckoning(ask, means.price_of, asked) as reckoning:
        body = await means.upstreams[ask.model].whole(ask, reckoning.timing)
        reckoning.whole(body)
    return Answered(ask.model, body)
