"""Bodies that have come before, but for the name of their user: what has been read of them is known.

A body is looked up by its bytes, those before that name and those behind it. Between the quotes of a JSON text one
plain name may stand for another, and nothing else that the text says changes. That the quotes are those of the user's
name, and that nothing else hangs on it, is found out by reading the body once more, with another name in its place.
"""

from collections import OrderedDict
from typing import Final

from mypy_extensions import mypyc_attr

from pantler.gateway.lately import Lately
from pantler.gateway.readings import Reading, Sender
from pantler.gateway.replies import Refused

USER: Final = "user"
FIELD: Final = b'"user":'
QUOTE: Final = b'"'
NO_JSON: Final = b"\0"  # which is nowhere in a body that can be read, so that what it joins is parted in one way
EACH: Final = 2048  # bytes about a reading
TIMES: Final = 4  # as many bytes as a body has: as it came, as it is looked up, as it was read


@mypyc_attr(acyclic=True)
class Blank:
    """A body but for the name of its user: `form` are its bytes around that."""

    __slots__ = ("form", "user")

    def __init__(self, form: bytes, user: str) -> None:
        self.form = form
        self.user = user

    def filled(self, user: str) -> bytes:
        """The body with another name, which must be a plain one."""
        before, space, after = self.form.split(NO_JSON)
        return b"".join([before, FIELD, space, QUOTE, user.encode(), QUOTE, after])


def blank(body: bytes) -> Blank | None:
    """A body but for what may be the name of its user; None where there is no such name, or one that is not plain."""
    before, field, rest = body.rpartition(FIELD)
    if not field:
        return None
    space, _, rest = rest.partition(QUOTE)
    name, closed, after = rest.partition(QUOTE)
    if not closed or not name.isascii():
        return None
    user = name.decode()
    if "\\" in user or not user.isprintable():
        return None
    return Blank(NO_JSON.join((before, space, after)), user)


class KnownBodies:
    """What was read of bodies that came twice but for their user, in so many bytes; the oldest leave first."""

    def __init__(self, most_bytes: int = 8 << 20) -> None:
        self._most_bytes = most_bytes
        self._used = 0
        self._lately = Lately()
        self._known: OrderedDict[tuple[str, bytes], Reading | None] = OrderedDict()  # None: there is more to the name

    def __len__(self) -> int:
        return len(self._known)

    def find(self, found: Blank, place: str, sender: Sender, body: bytes) -> Reading | None:
        """What the desk would read of a body, of which `found` was made; None where it has to.

        `place` says whose key the sender shows and which wire it asks by; it lets the cache be looked at.
        """
        known = self._known.get((place, found.form))
        return None if known is None else known.of_user(found.user, sender, body)

    def learn(self, found: Blank, place: str, reading: Reading) -> None:
        """The desk has read a body that was not known at this place; it is from its second coming on."""
        kept = place, found.form
        if kept in self._known or not self._lately.note(place, found.form):
            return
        self._known[kept] = reading if _hangs_on_nothing(found, reading) else None
        self._used += _size(kept[1])
        while self._used > self._most_bytes:
            self._used -= _size(self._known.popitem(last=False)[0][1])


def _hangs_on_nothing(found: Blank, reading: Reading) -> bool:
    """Whether a body of another user is the same request, with the same key: asked of the desk."""
    if reading.bypass or reading.route.variants != 1:  # whose keys take turns
        return False
    other = f"{found.user}-"
    try:
        read = reading.desk.reading(reading.wire, found.filled(other), reading.sender)
    except Refused:
        return False
    return read.key == reading.key and read.request.fields == {**reading.request.fields, USER: other}


def _size(form: bytes) -> int:
    return EACH + TIMES * len(form)
