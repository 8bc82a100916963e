"""Which way imports run, what `import geo` costs, and that one module only measures and one only simplifies."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

TABLE = {
    "values, words and files": "errors wording progress files periods model geojson",
    "reading": "rows fields foreign archive jsonfiles read rings assemble story load",
    "measuring": "measure neighbours validate repair upload",
    "comparing": "noding cycles overlay queries persistence transitions compare regions tables",
    "published figures": "reach figures reconcile claims",
    "the page": "palette columns pieces generalize basemap arcs outlines payload timeline page",
    "pictures": "style canvas drawable draw_map draw_curve picture film sheet",
    "files and many series": "export dataset scale",
    "from facts to layers": "prepare prepare.lint prepare.published prepare.steps prepare.facts prepare.tessellate prepare.reach prepare.build",
    "shells": "cli __init__ __main__",
}
"""A module imports only what stands above it or before it in its row."""

ORDER = [module for row in TABLE.values() for module in row.split()]

HEAVY = {"folium", "branca", "streamlit", "dask", "distributed", "matplotlib", "geopandas", "imageio"}
"""What `import geo` must not bring along."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "geo").with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted((ROOT / "geo").rglob("*.py"))}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere, with its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            if node.module in ("geo", "geo.prepare"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def attributes(path: Path) -> set[str]:
    """Every name and attribute that a file uses; comments and docstrings do not count."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    aliases = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return aliases | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_every_module_has_its_place_in_the_order():
    assert set(MODULES) <= set(ORDER)
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_stands_before_it(module):
    before = {f"geo.{name}" for name in ORDER[: ORDER.index(module)]}
    used = {name for name in imports(MODULES[module]) if name.split(".")[0] == "geo"}
    assert used <= before


def test_the_app_imports_only_geo_and_streamlit():
    roots = {name.split(".")[0] for name in imports(ROOT / "app.py")}
    assert roots - sys.stdlib_module_names == {"geo", "streamlit"}
    assert "geo" in set(imports(ROOT / "app.py")), "the app uses public names only"


def test_importing_geo_brings_nothing_heavy():
    code = f"import sys, geo; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_public_names_exist_and_are_listed_once():
    code = "import geo; [getattr(geo, name) for name in geo.__all__]; print(len(geo.__all__) - len(set(geo.__all__)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "0"


@pytest.mark.parametrize("path", [*MODULES.values(), ROOT / "app.py"], ids=lambda path: path.name)
def test_nothing_measures_on_the_plane(path):
    """Areas come from `geo.measure.area_km2`; degrees have no area."""
    assert attributes(path).isdisjoint({"area", "geometry_area_perimeter", "polygon_area_perimeter"})


@pytest.mark.parametrize(
    "path", [path for name, path in MODULES.items() if name != "generalize"] + [ROOT / "app.py"], ids=lambda path: path.name
)
def test_only_generalize_simplifies(path):
    assert not {name for name in attributes(path) if "simplif" in name}
