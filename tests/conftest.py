"""What every test may use."""

from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: a busy machine is no failure. The blob is the seed that replays a failure anywhere.
settings.register_profile("pantler", deadline=None, print_blob=True)
settings.load_profile("pantler")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded traces beside the project, or a skip where they are missing."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the recorded traces of ../shared/data, which are not here")
    return folder
