"""kill -9 at any moment loses no acked row and yields no wrong entry.

50 kills by default; PANTLER_KILLS=200 makes as many as are promised for a release.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("PANTLER_KILLS", "50"))
NURSERY = Path(__file__).with_name("_nursery.py")
SEED = 1


@pytest.mark.promise("F1")
def test_a_killed_process_loses_no_acked_row_and_leaves_no_wrong_entry(tmp_path: Path) -> None:
    command = [sys.executable, str(NURSERY), str(tmp_path), str(KILLS), str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["kills"], told["lost"], told["wrong"]) == (KILLS, 0, 0)
    assert told["acked"] > KILLS * 10
    assert told["served"] > KILLS
