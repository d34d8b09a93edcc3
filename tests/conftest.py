"""What every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# However long it takes, a busy machine is no failure. The blob is the seed that replays a failure anywhere.
settings.register_profile("pantler", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
# Where CI says so, the same examples each time: what is judged is the change, and the search goes on everywhere else.
settings.register_profile("ci", settings.get_profile("pantler"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "pantler")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recorded traces beside the project, or a skip where they are missing."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the recorded traces of ../shared/data, which are not here")
    return folder
