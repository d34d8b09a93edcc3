"""What has been understood of a request's body, whatever its API.

A plain class, made and read for every request: compiled, its fields are where machine code knows them to be.
"""

from typing import Any


class Request:
    """What a client asks, as far as pantler has to know; `fields` is the whole of it, to be passed on untouched.

    `tokens_in_bound` and `tokens_out_bound` are what it may cost at worst, the latter None where the client sets no
    bound; `choices` is how many answers it wants in all.
    """

    __slots__ = (
        "choices", "fields", "include_usage", "model", "operation", "streamed", "tokens_in_bound", "tokens_out_bound",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913, PLR0917 - what one request has to say
        self,
        operation: str,
        model: str,
        fields: dict[str, Any],
        tokens_in_bound: int,
        tokens_out_bound: int | None = None,
        streamed: bool = False,
        include_usage: bool = False,
        choices: int = 1,
    ) -> None:
        self.operation = operation
        self.model = model
        self.fields = fields
        self.tokens_in_bound = tokens_in_bound
        self.tokens_out_bound = tokens_out_bound
        self.streamed = streamed
        self.include_usage = include_usage
        self.choices = choices

    def of_user(self, user: str, longer_by: int) -> "Request":
        """The same of another user, in a body that is longer by so many bytes."""
        return Request(
            self.operation,
            self.model,
            {**self.fields, "user": user},
            self.tokens_in_bound + longer_by,  # which is as many tokens more as there are bytes
            self.tokens_out_bound,
            self.streamed,
            self.include_usage,
            self.choices,
        )
