"""What reads the texts of a verb's data."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pantler.texts.reading import Reading


def reading_by(named: str) -> "Reading":
    """By the embedder of that name, by the best that can be used where there is none, which is told where it is not."""
    from pantler.build import embedder_of, text_embedder
    from pantler.texts.reading import Reading

    name, said = text_embedder(named)
    if said:
        click.echo(said, err=True)
    return Reading(embedder_of(name))
