"""Where a model is asked."""

import msgspec


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model is asked, and how patiently: what every provider is made from, with its own settings beside it.

    `upstream_model` is the upstream's own name for the model, the ask's where empty. `max_tokens_out` is sent where an
    ask's own limit is none, such as -1. `first_byte_seconds` counts from the ask, connecting included. The key is shown
    nowhere.
    """

    name: str
    base_url: str = ""
    upstream_model: str = ""
    max_tokens_out: int | None = None
    key: str = ""
    connect_seconds: float = 5.0
    first_byte_seconds: float = 120.0
    between_chunks_seconds: float = 60.0

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r}, {self.base_url!r})"
