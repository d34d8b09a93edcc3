"""What a client is told of a stored answer to a near question: how near, how doubtful, whose it is."""

from pantler.gateway.replies import Headers
from pantler.live.errands import Hit


def marks(hit: Hit) -> Headers:
    """The further marks of an answer that was stored for another question; none of any other."""
    near = hit.near
    if near is None:
        return []
    return [
        (b"x-pantler-score", b"%.4f" % near.cosine),
        (b"x-pantler-wrong", b"%.4f" % near.wrong),
        (b"x-pantler-entry", near.decision.encode()),
        (b"x-pantler-reason", near.reason.encode()),
    ]
