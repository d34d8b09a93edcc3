"""What the documents' examples stand on."""

from collections.abc import Iterator

import pytest

from pantler.config.values import Config, Model
from running import running


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gateway that answers under every model's name, with the question's own words."""
    config = Config(any_model=Model("any", provider="scripted", price="free"))
    with running(config, tmp_path_factory.mktemp("served")) as gateway:
        yield gateway.address
