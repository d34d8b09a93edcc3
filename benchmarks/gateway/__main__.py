"""The gateway's speed and manners, each figure beside its line: nginx is the ceiling, wrk the load.

Servers take turns, round after round on one machine, and ratios are taken within a round; medians go, with commit,
versions and seed, into results/gateway.csv. With --peers FOLDER, LiteLLM's proxy and TensorZero's gateway are installed
there, each into an environment of its own, and measured in the same rounds.

With --only some parts are measured, and the rows of the others stay what they are.

    python benchmarks/gateway [--peers FOLDER] [--seconds 5] [--rounds 5] [--distinct N] [--only NAMES] [--out FILE]
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import behaviour
import sdk
import throughput
from figures import Figure, read, write
from servers import nginx_path

HERE = Path(__file__).parent
SEED = 1
PARTS = ("start", "first", "flight", "budget", "sdk", "speed", "memory")


def parts(options: argparse.Namespace, folder: Path) -> dict[str, Callable[[], Iterator[Figure]]]:
    """All that can be measured, by name."""
    return {
        "start": lambda: behaviour.start(folder, options.rounds),
        "first": lambda: behaviour.first_bytes(folder, 1000, SEED),
        "flight": lambda: behaviour.single_flight(folder, 1000),
        "budget": lambda: behaviour.budget(folder, 100),
        "sdk": lambda: sdk.repeats(folder / "sdk"),
        "speed": lambda: throughput.measured(folder, options.peers, options.seconds, options.rounds),
        "memory": lambda: behaviour.memory(folder, options.distinct),
    }


def versions(place: Path | None) -> str:
    """Of what was measured beside pantler."""
    nginx = subprocess.run([nginx_path(), "-v"], capture_output=True, text=True, check=True).stderr
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout
    told = [nginx.strip().rpartition("/")[2], wrk.split()[1] if wrk else ""]
    peers = throughput.peers
    asked = () if place is None else (*peers.TENSORZERO, *peers.LITELLM)
    return " ".join([f"nginx={told[0]}", f"wrk={told[1]}", *asked])


def main() -> None:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="where the peers' environments are, or are made")
    parser.add_argument("--seconds", type=int, default=5, help="of each bout")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--distinct", type=int, default=100_000, help="requests for the row on memory")
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help=",".join(PARTS))
    parser.add_argument("--out", type=Path, default=HERE.parent / "results" / "gateway.csv")
    options = parser.parse_args()
    missing = [name for name, path in (("nginx", nginx_path()), ("wrk", which("wrk"))) if not path]
    if missing:
        print(f"skipped: {' and '.join(missing)} not found; on Debian or Ubuntu: apt-get install nginx-light wrk")
        return
    sys.path.append(str(HERE.parent))
    from _record import provenance  # which all benchmarks share

    rows = []
    with TemporaryDirectory(prefix="pantler-gateway-") as folder:
        beside = {"beside": versions(options.peers), **provenance(SEED)}
        found = parts(options, Path(folder))
        for part in options.only:
            for figure in found[part]():
                print(figure, flush=True)
                rows.append({"part": part, **figure.row(), **beside})
    kept = [row for row in read(options.out) if row["part"] not in options.only]
    write(options.out, sorted([*kept, *rows], key=lambda row: PARTS.index(str(row["part"]))))


if __name__ == "__main__":
    main()
