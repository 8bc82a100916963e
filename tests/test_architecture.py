"""Which way imports run, what `import geo` costs, and that one module only measures and one only simplifies."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import geo

ROOT = Path(__file__).parents[1]

TABLE = {
    "values, words and files": "errors wording progress files periods model geojson",
    "reading": "rows fields foreign archive jsonfiles read rings assemble story load",
    "measuring": "measure neighbours validation repair upload",
    "comparing": "noding cycles overlay queries persistence transitions compare regions tables",
    "published figures": "reach figures reconcile claims",
    "the page": "palette columns pieces generalize basemap arcs outlines payload timeline page",
    "pictures": "style canvas drawable draw_map draw_curve picture film sheet",
    "files and many series": "export dataset scale",
    "from facts to layers": "prepare prepare.lint prepare.published prepare.steps prepare.facts prepare.tessellate prepare.reach prepare.build",
    "shells": "__init__ cli __main__",
}
"""A module imports only what stands above it or before it in its row."""

ORDER = [module for row in TABLE.values() for module in row.split()]

HEAVY = {
    "numpy",
    "shapely",
    "scipy",
    "pandas",
    "geopandas",
    "pyarrow",
    "pyproj",
    "folium",
    "matplotlib",
    "streamlit",
    "dask",
    "distributed",
}
"""What `import geo` and `python -m geo --help` must not bring along."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "geo").with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted((ROOT / "geo").rglob("*.py"))}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere, with its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ("geo.__init__" if alias.name == "geo" else alias.name for alias in node.names)
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
    assert "geo.__init__" in set(imports(ROOT / "app.py")), "the app uses public names only"


@pytest.mark.parametrize(
    "code", ["import geo", "import geo.cli, contextlib\nwith contextlib.suppress(SystemExit): geo.cli.main(['--help'])"]
)
def test_geo_and_its_help_bring_nothing_heavy(code):
    code += f"\nimport sys; print(*{HEAVY!r} & set(sys.modules), file=sys.stderr, end='')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_every_public_name_is_that_of_its_module_whatever_was_imported_before():
    """A module named after a public name would take its place once imported."""
    code = (
        "import geo, geo.cli, importlib\n"
        "assert sorted(geo.__all__) == list(geo.__all__) and set(geo.__all__) <= set(dir(geo))\n"
        "for module in geo._MODULES: importlib.import_module(f'geo.{module}')\n"
        "for name in geo.__all__: assert getattr(geo, name).__module__ == f'geo.{geo._MODULE[name]}', name\n"
        "assert not hasattr(geo, 'nothing')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_editors_see_the_names_that_are_there():
    names = {f"geo.{module}": names.split() for module, names in geo._MODULES.items()}
    seen = {
        node.module: [alias.name for alias in node.names]
        for node in ast.walk(ast.parse(MODULES["__init__"].read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("geo.")
    }
    assert seen == names
    assert set(geo.__all__) == set(geo._MODULE)


@pytest.mark.parametrize("path", [*MODULES.values(), ROOT / "app.py"], ids=lambda path: path.name)
def test_nothing_measures_on_the_plane(path):
    """Areas come from `geo.measure.area_km2`; degrees have no area."""
    assert attributes(path).isdisjoint({"area", "geometry_area_perimeter", "polygon_area_perimeter"})


@pytest.mark.parametrize(
    "path", [path for name, path in MODULES.items() if name != "generalize"] + [ROOT / "app.py"], ids=lambda path: path.name
)
def test_only_generalize_simplifies(path):
    assert not {name for name in attributes(path) if "simplif" in name}
