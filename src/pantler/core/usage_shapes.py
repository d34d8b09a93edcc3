"""The parts of an answer that say what it took, in OpenAI's shape."""

from typing import Annotated, Any

import msgspec

BOUNDS = msgspec.Meta(ge=0, le=1 << 40)
Count = Annotated[int, BOUNDS] | Annotated[float, BOUNDS]  # some write 10.0


class Lasting(msgspec.Struct, gc=False):
    """For how long a prompt cache keeps what it took in, in LiteLLM's names."""

    ephemeral_1h_input_tokens: Count | None = None


class Details(msgspec.Struct, gc=False):
    """What is special of the tokens."""

    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    cache_creation_token_details: Lasting | None = None
    reasoning_tokens: Count | None = None


class Usage(msgspec.Struct, gc=False):
    """The field of an answer as OpenAI has it."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    prompt_tokens_details: Details | None = None
    completion_tokens_details: Details | None = None


class Answer(msgspec.Struct, gc=False):
    """What an answer says beside itself."""

    usage: Usage | None = None
    service_tier: Any = None


class Message(msgspec.Struct, gc=False):
    """What a model has written for one."""

    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: msgspec.Raw = msgspec.Raw()


class Choice(msgspec.Struct, gc=False):
    """One of its texts, the one or the other way."""

    text: str = ""
    message: Message = msgspec.field(default_factory=Message)


class Written(msgspec.Struct, gc=False):
    """All of its texts."""

    choices: list[Choice] = []
