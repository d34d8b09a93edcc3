from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same wheel, built twice."""
    folders = [tmp_path_factory.mktemp("wheel") for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return [folder / build_wheel(str(folder)) for folder in folders]


def test_two_builds_of_one_tree_are_equal_to_the_byte(wheels: list[Path]) -> None:
    first, second = wheels
    assert first.read_bytes() == second.read_bytes()


def test_a_wheel_holds_the_package_its_licence_and_nothing_else(wheels: list[Path]) -> None:
    source = {
        str(path.relative_to(ROOT / "src"))
        for path in ROOT.glob("src/pantler/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = set(ZipFile(wheels[0]).namelist())
    information = {name for name in names if ".dist-info/" in name}
    assert names - information == source
    files = {name.partition(".dist-info/")[2] for name in information}
    assert files == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
