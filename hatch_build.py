"""Compiles the hot part of pantler with mypyc into a wheel for this platform, where that is switched on.

Switched on by HATCH_BUILD_HOOKS_ENABLE=1, as hatch has it; reasons in docs/decisions/0007-compiled-core.md. The modules
are those that `modules` of the hook's table in pyproject.toml names. Nothing is written beside the sources: a library
left there would shadow the Python that somebody edits. PANTLER_OPTIMISE is how hard the C compiler tries, 0 to 3: what
is only to be checked is compiled in a fraction of the time by 0.
"""

import os
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The machine code is all in one library, pantler__mypyc; each module's own only points into it. It lies beside the
# package, not in it, since mypyc derives from that where the Python of each module is.
LIBRARY = "pantler"

# Nothing outside the library calls or replaces its functions, so that the compiler may inline them.
OWN_CALLS = ["-fvisibility=hidden", "-fno-semantic-interposition"]


class CompiledCore(BuildHookInterface[Any]):
    """Adds the compiled modules to the wheel, each beside the Python that it was made from."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the build is an editable install, which runs the sources."""
        if version == "editable":
            return
        self._folder = TemporaryDirectory()
        for library in compiled(Path(self.root) / "src", self.config["modules"], Path(self._folder.name)):
            build_data["force_include"][str(library)] = str(library.relative_to(self._folder.name))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled, once the wheel holds it."""
        if version != "editable":
            self._folder.cleanup()


def compiled(source: Path, modules: list[str], target: Path) -> list[Path]:
    """The libraries made of `modules` (paths below `source`), in `target` as they are to lie in the wheel."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext
    from setuptools.errors import BaseError, CompileError, LinkError

    with chdir(source), TemporaryDirectory() as scratch:
        mypy_options = ["--config-file=", "--ignore-missing-imports", f"--cache-dir={os.devnull}"]
        try:
            extensions = mypycify(
                [*mypy_options, *modules],
                group_name=LIBRARY,
                opt_level=os.environ.get("PANTLER_OPTIMISE", "3"),
                debug_level="0",
                target_dir=str(scratch),
            )
            for extension in extensions:
                extension.extra_compile_args += OWN_CALLS
            command = build_ext(Distribution({"name": "pantler", "ext_modules": extensions}))
            command.build_lib, command.build_temp = str(target), str(scratch)
            command.ensure_finalized()
            command.run()
        except (SystemExit, BaseError, CompileError, LinkError) as error:
            raise RuntimeError(
                f"compiling the core of pantler failed ({error}; see above); it needs a C compiler and the headers of "
                "Python. Without HATCH_BUILD_HOOKS_ENABLE the wheel is pure Python, which does the same, slower"
            ) from error
    return sorted(target.rglob("*.*"))
