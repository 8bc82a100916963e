"""Territory that changes over time: load it, measure it, compare it, show it.

>>> import geo
>>> series = geo.load_series(definition="land")
>>> snapshot = series.at("2015-05-21")
>>> geo.area_table([series], [snapshot.date])  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.claims import claim_table, load_claims
    from geo.compare import Change, Land, change_between
    from geo.dataset import list_series, write_dataset
    from geo.errors import DateError, FactsError, GeoError, GeometryError, OutputError, SeriesError
    from geo.export import provenance, table_text, write_features, write_page, write_table
    from geo.figures import load_figures
    from geo.load import definitions, load_definitions, load_series
    from geo.measure import area_km2
    from geo.model import Definition, Event, Issue, Record, Series, Snapshot, Source
    from geo.overlay import Faces, Matrix, faces, matrix
    from geo.page import page_html
    from geo.persistence import persistence_table
    from geo.queries import query_days, query_interval, query_pairs
    from geo.reconcile import implied_table, reach_table, reconcile_table
    from geo.regions import Regions, load_regions, make_regions, region_change_table, region_table
    from geo.tables import area_table, change_features, change_table, matrix_table, source_table, territory_table
    from geo.timeline import TerritoryTimeline
    from geo.transitions import transition_table
    from geo.upload import Upload, load_upload, repair_table
    from geo.validation import issue_table, validate

__version__ = "0.2.0"

__all__ = [
    "Change",
    "DateError",
    "Definition",
    "Event",
    "Faces",
    "FactsError",
    "GeoError",
    "GeometryError",
    "Issue",
    "Land",
    "Matrix",
    "OutputError",
    "Record",
    "Regions",
    "Series",
    "SeriesError",
    "Snapshot",
    "Source",
    "TerritoryTimeline",
    "Upload",
    "area_km2",
    "area_table",
    "change_between",
    "change_features",
    "change_table",
    "claim_table",
    "definitions",
    "faces",
    "implied_table",
    "issue_table",
    "list_series",
    "load_claims",
    "load_definitions",
    "load_figures",
    "load_regions",
    "load_series",
    "load_upload",
    "make_regions",
    "matrix",
    "matrix_table",
    "page_html",
    "persistence_table",
    "provenance",
    "query_days",
    "query_interval",
    "query_pairs",
    "reach_table",
    "reconcile_table",
    "region_change_table",
    "region_table",
    "repair_table",
    "source_table",
    "table_text",
    "territory_table",
    "transition_table",
    "validate",
    "write_dataset",
    "write_features",
    "write_page",
    "write_table",
]

_MODULES = {
    "claims": "claim_table load_claims",
    "compare": "Change Land change_between",
    "dataset": "list_series write_dataset",
    "errors": "DateError FactsError GeoError GeometryError OutputError SeriesError",
    "export": "provenance table_text write_features write_page write_table",
    "figures": "load_figures",
    "load": "definitions load_definitions load_series",
    "measure": "area_km2",
    "model": "Definition Event Issue Record Series Snapshot Source",
    "overlay": "Faces Matrix faces matrix",
    "page": "page_html",
    "persistence": "persistence_table",
    "queries": "query_days query_interval query_pairs",
    "reconcile": "implied_table reach_table reconcile_table",
    "regions": "Regions load_regions make_regions region_change_table region_table",
    "tables": "area_table change_features change_table matrix_table source_table territory_table",
    "timeline": "TerritoryTimeline",
    "transitions": "transition_table",
    "upload": "Upload load_upload repair_table",
    "validation": "issue_table validate",
}
"""The public names of each module; the module is imported when one of them is first asked for."""

_MODULE = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """A public name, from its module (PEP 562)."""
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"geo.{_MODULE[name]}"), name)
    return found


def __dir__() -> list[str]:
    return __all__
