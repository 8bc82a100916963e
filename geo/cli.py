"""The command line: one command per public function, with the same names, defaults and columns.

Data go to standard output or to a file, messages and progress to standard error. Exit codes: 0 fine, 1 findings,
2 misuse, which is said in one line.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import geo
from geo.errors import GeoError, OutputError, SeriesError
from geo.files import FEATURE_SUFFIXES, FILM_SUFFIXES, PAGE_SUFFIXES, PICTURE_SUFFIXES, TABLE_FORMATS
from geo.periods import parse_day
from geo.progress import CLEAR, Bar

if TYPE_CHECKING:
    import geopandas
    import pandas as pd

    from geo.fields import Columns
    from geo.model import Issue, Series


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    try:
        args = _parser().parse_args(arguments)
        return int(args.run(args))
    except GeoError as error:
        print(f"geo: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"{CLEAR * sys.stderr.isatty()}geo: stopped; nothing was half-written.", file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}. See `{self.prog} --help`.", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> _Parser:
    parser = _Parser(prog="geo", description="Territory that changes over time: measure it, compare it, show it.")
    commands: argparse._SubParsersAction[_Parser] = parser.add_subparsers(required=True, metavar="COMMAND")

    columns = _columns()
    series = _Parser(add_help=False, parents=[columns])
    series.add_argument(
        "series", nargs="?", metavar="SERIES", help="file, folder, zip or 'pattern' of dated polygons; the bundled series if left out"
    )
    definition = _Parser(add_help=False)
    definition.add_argument("--definition", metavar="ID", help="definition of control: towns, belts, control or land (bundled series)")
    table = _Parser(add_help=False)
    table.add_argument("--format", choices=TABLE_FORMATS, help="how a table is written; csv if neither this nor a file's suffix says")
    table.add_argument("-o", "--output", metavar="FILE", help="write to a file (.csv, .json, .parquet) instead of standard output")
    features = _Parser(add_help=False)
    features.add_argument(
        "-o", "--output", metavar="FILE", help=f"file in {', '.join(FEATURE_SUFFIXES)}; GeoJSON to standard output if left out"
    )
    dates = _Parser(add_help=False)
    dates.add_argument(
        "--datetime", metavar="T", default="../..", help="a day, several (a,b,c) or an interval (a/b, ../b); all change dates"
    )
    dates.add_argument("--step", metavar="P1M", help="step of an interval (P1D, P1W, P1M, P1Y) instead of every date of change")
    snap = _Parser(add_help=False)
    snap.add_argument(
        "--tolerance",
        type=_tolerance,
        metavar="DEG",
        help="move vertices closer than this to each other; what rounding may move if left out",
    )

    def command(name: str, run: object, text: str, *parents: _Parser) -> _Parser:
        made = commands.add_parser(name, help=text, description=text, parents=parents)
        made.set_defaults(run=run)
        return made

    found = command("build", _build, "Build layers/ from the recorded facts in seeds/.")
    found.add_argument("--check", action="store_true", help="write nothing, say what differs; exit code 1 if anything does")
    found = command(
        "areas", _areas, "Area on dates, with its range and ratios, under every definition or one.", series, definition, dates, table
    )
    found.add_argument("--baseline", metavar="DATE", help="the day that ratio_to_baseline compares with")
    day = _first("date", "DATE", "a day, such as 2015-05-21")
    command("at", _at, "The territory on a day, dissolved, with its attributes.", day, series, definition, features)
    pair = _first("interval", "A/B", "two days, such as 2014-06-30/2017-10-17; .. for the first or the last day")
    found = command("changes", _changes, _CHANGES, pair, series, definition, snap, table)
    found.add_argument("--step", metavar="P1M", help="compare the ends of every step (P1D, P1W, P1M, P1Y) of the interval")
    found.add_argument("--transitions", action="store_true", help="area by who held it on the first day and who on the second")
    command("matrix", _matrix, "Every date compared with every later one: gained, lost and held.", series, definition, dates, snap, table)
    command("persistence", _persistence, "How long each piece of land was held.", series, definition, snap, features)
    found = command("regions", _regions, "Area held by region on dates, or gained and lost by region.", series, definition, dates, table)
    found.add_argument("--change", metavar="A/B", help="gained, lost and held between two days instead of the area on dates")
    found.add_argument("--by", metavar="FILE", default="governorates", help="governorates, countries, or a file of polygons")
    found.add_argument("--name", metavar="FIELD", default="name", help="the property of the file that names a region")
    out = _first("target", "OUT", "the file to write: .html, .png, .svg, .gif or .mp4")
    found = command("export", _export, "The page as one HTML file that works offline, a picture, or a film.", out, series, definition)
    found.add_argument(
        "--datetime", metavar="T", help="the day shown; for a film an interval a/b; for multiples several days or an interval"
    )
    found.add_argument("--step", metavar="P1M", help="step of an interval; a film lasts 20 seconds if left out")
    found.add_argument("--size", type=_size, metavar="WxH", help="size of a picture or film in pixels, such as 1280x720")
    found.add_argument("--multiples", action="store_true", help="small multiples: maps at one scale, curve, table and sources on a sheet")
    _add_published(command, day, definition, table)
    _add_scaled(command, columns)
    found = command("validate", _validate, "What is wrong with a series; exit code 1 on findings.", series, definition, table)
    found.add_argument("--repair", metavar="OUT.geojson", help="write a copy in which what needs no guessing is mended")
    return parser


def _columns() -> _Parser:
    """Options that say which properties of SERIES to read; without them they are recognised."""
    found = _Parser(add_help=False)
    group = found.add_argument_group("properties of SERIES, recognised by their names if left out")
    group.add_argument("--from", dest="start", metavar="FIELD", help="first day of a period")
    group.add_argument("--to", dest="end", metavar="FIELD", help="end of a period")
    group.add_argument("--closed", action=argparse.BooleanOptionalAction, help="the end belongs to its period")
    group.add_argument("--date", dest="dated", metavar="FIELD", help="day of a state that holds until the next one")
    group.add_argument("--actor", metavar="FIELD", help="who holds the land")
    return found


def _add_published(command: Callable[..., _Parser], day: _Parser, definition: _Parser, table: _Parser) -> None:
    """Commands that set what others published beside the bundled series."""
    found = command("reconcile", _reconcile, "Published figures beside the reconstruction, and the reach that would give them.", table)
    found.add_argument("--publisher", metavar="TEXT", default="", help="keep the publishers whose name has this in it")
    found.add_argument("--summary", action="store_true", help="a row per publisher instead: how steady the implied reach is")
    command("claims", _claims, "What the data say about the claims of the source article.", definition, table)
    found = command("reach", _reach, "Area as a function of reach on a day, beside the figures of that month.", day, table)
    found.add_argument("--reach", metavar="A/B", type=_reaches, default="1/50", help="reaches in km: a/b, every one; or several (a,b,c)")


def _add_scaled(command: Callable[..., _Parser], columns: _Parser) -> None:
    """Commands for many series at once."""
    found = command("dataset", _dataset, "Series as a GeoParquet data set, a file each, for `scale`.", columns)
    found.add_argument("target", metavar="FOLDER", help="a folder, or an address that fsspec knows such as s3://bucket/folder")
    found.add_argument("series", nargs="*", metavar="SERIES", help="files of dated polygons; the bundled series if there are none")
    found = command("scale", _scale, "A table of every series of a data set, on all processors or on a Dask cluster.")
    found.add_argument("kind", choices=("areas", "changes", "matrix", "regions"), help="which table")
    found.add_argument("dataset", metavar="DATASET", help="folder or address of GeoParquet files, as `dataset` writes it")
    found.add_argument("--datetime", metavar="T", default="../..", help="as for `areas`; changes are from each day to the next")
    found.add_argument("--step", metavar="P1M", help="as for `areas`")
    found.add_argument("--by", default="governorates", metavar="REGIONS", help="as for `regions`")
    found.add_argument(
        "--strips", type=_count, default=1, metavar="N", help="cut a series too large for one worker into N strips of longitude"
    )
    found.add_argument("--days-at-once", type=_count, metavar="N", help="measure a series that changes on many days N of them at a time")
    found.add_argument("--workers", type=_count, metavar="N", help="processes on this machine; one per processor if left out")
    found.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, such as tcp://10.0.0.1:8786")
    found.add_argument(
        "-o", "--output", metavar="FOLDER", help="folder or address for a Parquet file per series; CSV to standard output if left out"
    )


def _dataset(args: argparse.Namespace) -> int:
    written = geo.write_dataset((one for name in args.series or [None] for one in geo.load_definitions(name, **_named(args))), args.target)
    print(f"{len(written)} series in {args.target}.", file=sys.stderr)
    return 0


def _scale(args: argparse.Namespace) -> int:
    from geo.dataset import write_tables
    from geo.scale import Query, scaled_tables

    query = Query(args.kind, args.datetime, args.step, args.by, args.strips, args.days_at_once)
    tables = scaled_tables(args.dataset, query, workers=args.workers, scheduler=args.scheduler)
    if args.output:
        print(f"{len(write_tables(tables, args.output))} tables in {args.output}.", file=sys.stderr)
        return 0
    for number, (name, table) in enumerate(tables):
        table.insert(0, "series", name)
        text = geo.table_text(table, "csv")
        _put_text(text.split("\n", 1)[1] if number else text)
    return 0


_CHANGES = (
    "Gained, lost and held between two dates, with ranges and rates, under every definition or one. A file in .geojson, .gpkg or "
    ".parquet gets the land itself, under one definition; one in .csv or .json the figures."
)


def _reaches(text: str) -> list[float]:
    """Reaches in km: ``1/50`` in steps of one, or ``4,7.5,13``."""
    try:
        if "/" in text:
            first, last = (int(part) for part in text.split("/"))
            found = [float(reach) for reach in range(first, min(last, 999) + 1)]
        else:
            found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 <= reach < 1000 for reach in found):
        raise argparse.ArgumentTypeError(f"{text!r} names no reaches in km. Expected a/b, such as 1/50, or a,b,c")
    return found


def _first(name: str, metavar: str, text: str) -> _Parser:
    """A positional argument that stands before the series."""
    parent = _Parser(add_help=False)
    parent.add_argument(name, metavar=metavar, help=text)
    return parent


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size. Expected width x height in pixels, such as 1280x720")
    return int(width), int(height)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _snap_deg(args: argparse.Namespace) -> float:
    """How close vertices are moved to each other."""
    from geo.overlay import SNAP_DEG

    return SNAP_DEG if args.tolerance is None else args.tolerance


def _tolerance(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise ValueError(text)
    return value


def _series(args: argparse.Namespace) -> tuple[Series, ...]:
    """The series under the definition asked for, or under all it has; says how someone's own files were understood."""
    if args.series is None:
        return (geo.load_series(definition=args.definition),) if args.definition else geo.load_definitions()
    return (_one(args),)


def _one(args: argparse.Namespace) -> Series:
    """The series under one definition; says how someone's own files were understood."""
    if args.series is None:
        return geo.load_series(definition=args.definition)
    found = geo.load_series(args.series, definition=args.definition, **_named(args))
    print(f"{args.series}: {found.recognised}", file=sys.stderr)
    return found


def _named(args: argparse.Namespace) -> Columns:
    return {"start": args.start, "end": args.end, "date": args.dated, "actor": args.actor, "closed": args.closed}


def _build(args: argparse.Namespace) -> int:
    from geo.prepare.build import LAYERS, build, check

    if not args.check:
        written = build()
        print(f"{len(written)} files in {LAYERS.name}/ follow from the facts.", file=sys.stderr)
        return 0
    differences = check()
    print("\n".join(differences) if differences else "layers/ is what the facts give, byte for byte.", file=sys.stderr)
    return 1 if differences else 0


def _areas(args: argparse.Namespace) -> int:
    series = _series(args)
    days = geo.query_days(series, args.datetime, step=args.step)
    baseline = parse_day(args.baseline) if args.baseline else None
    _put_table(geo.area_table(series, days, baseline=baseline), args, geo.provenance(series))
    return 0


def _at(args: argparse.Namespace) -> int:
    series = _one(args)
    _put_features(geo.territory_table(series, args.date), args, geo.provenance((series,)))
    return 0


def _changes(args: argparse.Namespace) -> int:
    land = Path(args.output or "").suffix in FEATURE_SUFFIXES and not args.transitions and not args.format
    series = (_one(args),) if land else _series(args)
    pairs, tolerance = geo.query_pairs(series, args.interval, step=args.step), _snap_deg(args)
    origin = _origin(series, tolerance)
    if args.transitions:
        _put_table(geo.transition_table(series, pairs, tolerance_deg=tolerance), args, origin)
    elif land:
        _put_features(geo.change_features(series[0], pairs, tolerance_deg=tolerance), args, origin)
    else:
        _put_table(geo.change_table(series, pairs, tolerance_deg=tolerance), args, origin)
    if args.step is None:
        for one in series:
            for actor in one.actors:
                print(
                    f"{one.definition.title}: {geo.change_between(one, *pairs[0], actor=actor, tolerance_deg=tolerance).sentence()}",
                    file=sys.stderr,
                )
    return 0


def _matrix(args: argparse.Namespace) -> int:
    series, tolerance = (_one(args),), _snap_deg(args)
    days = geo.query_days(series, args.datetime, step=args.step)
    _put_table(geo.matrix_table(series, days, tolerance_deg=tolerance), args, _origin(series, tolerance))
    return 0


def _persistence(args: argparse.Namespace) -> int:
    series, tolerance = (_one(args),), _snap_deg(args)
    _put_features(geo.persistence_table(series[0], tolerance_deg=tolerance), args, _origin(series, tolerance))
    return 0


def _regions(args: argparse.Namespace) -> int:
    series, regions = _series(args), geo.load_regions(args.by, name=args.name)
    if args.change:
        table = geo.region_change_table(series, [geo.query_interval(series, args.change)], regions=regions)
    else:
        table = geo.region_table(series, geo.query_days(series, args.datetime, step=args.step), regions=regions)
    _put_table(table, args, geo.provenance(series))
    return 0


def _reconcile(args: argparse.Namespace) -> int:
    wanted = args.publisher.casefold()
    figures = [figure for figure in geo.load_figures() if wanted in f"{figure.publisher} {figure.group}".casefold()]
    if not figures:
        groups = sorted({figure.group for figure in geo.load_figures()})
        raise SeriesError(f"no publisher has {args.publisher!r} in its name. There are {', '.join(groups)}.")
    table = geo.reconcile_table(figures)
    _put_table(geo.implied_table(table) if args.summary else table, args, geo.provenance(geo.load_definitions()))
    return 0


def _claims(args: argparse.Namespace) -> int:
    args.series = None
    series = _series(args)
    _put_table(geo.claim_table(series), args, geo.provenance(series))
    return 0


def _reach(args: argparse.Namespace) -> int:
    _put_table(geo.reach_table(args.date, reaches_km=args.reach), args, geo.provenance(geo.load_definitions()))
    return 0


def _export(args: argparse.Namespace) -> int:
    from geo.export import write_picture, write_sheet

    target = Path(args.target)
    _check_export(target.suffix, args)
    series = _one(args)
    size = {"size": args.size} if args.size else {}
    if target.suffix in FILM_SUFFIXES:
        from geo.film import film_days, write_film

        write_film(series, target, film_days(series, args.datetime or "../..", step=args.step), progress=Bar("Drawing"), **size)
    elif args.multiples:
        write_sheet(series, target, geo.query_days(series, args.datetime, step=args.step) if args.datetime else None, **size)
    elif target.suffix in PICTURE_SUFFIXES:
        write_picture(series, target, args.datetime, **size)
    else:
        moment = f"datetime={series.day(args.datetime)}" if args.datetime else ""
        geo.write_page((series,) if args.series else geo.load_definitions(), target, definition=series.definition.id, moment=moment)
    print(f"{target}: {target.stat().st_size / 1e3:,.0f} kB{', works offline' if target.suffix in PAGE_SUFFIXES else ''}.", file=sys.stderr)
    return 0


def _check_export(suffix: str, args: argparse.Namespace) -> None:
    """Refuse a file of unknown kind, and options that its kind does not take."""
    takes = dict.fromkeys(PAGE_SUFFIXES, frozenset[str]())
    takes |= dict.fromkeys(PICTURE_SUFFIXES, frozenset({"--size", "--multiples"} | ({"--step"} if args.multiples else set())))
    takes |= dict.fromkeys(FILM_SUFFIXES, frozenset({"--size", "--step"}))
    if suffix not in takes:
        raise OutputError(f"cannot write {args.target}: unknown kind {suffix!r}. Expected a name in {', '.join(takes)}.")
    for option, value in {"--size": args.size, "--step": args.step, "--multiples": args.multiples}.items():
        if value and option not in takes[suffix]:
            fitting = ", ".join(name for name, taken in takes.items() if option in taken)
            raise OutputError(f"{option} does not go with {args.target}. Expected a name in {fitting}, or no {option}.")
    if suffix in PICTURE_SUFFIXES and not args.multiples and set(args.datetime or "") & set("/,"):
        raise OutputError(
            f"a picture shows one day, and {args.datetime!r} names several. Expected one, --multiples, or a film (.gif, .mp4)."
        )


def _validate(args: argparse.Namespace) -> int:
    from geo.load import import_series
    from geo.model import SEVERITIES
    from geo.repair import repair_file

    if args.series is None:
        if args.repair:
            raise SeriesError("the bundled series is built from facts; mend those in seeds/. Name a file to repair.")
        series = _series(args)
        issues, rows = [issue for one in series for issue in geo.validate(one)], sum(map(len, series))
        origin = geo.provenance(series)
    else:
        found = import_series(args.series, **_named(args))
        issues, rows = [*found.issues, *(geo.validate(found.series) if found.series else [])], found.features
        issues.sort(key=lambda issue: SEVERITIES.index(issue.severity))
        origin = geo.provenance((found.series,)) if found.series else {}
        if found.series:
            print(f"{args.series}: {found.series.recognised}", file=sys.stderr)
    if issues or args.output or args.format:
        _put_table(geo.issue_table(issues), args, origin)
    print(f"{rows:,} rows checked, {_counted(issues)}.", file=sys.stderr)
    if args.repair:
        print("\n".join(repair_file(args.series, args.repair, **_named(args))), file=sys.stderr)
    return 1 if issues else 0


def _counted(issues: Sequence[Issue]) -> str:
    """How many findings there are of each severity."""
    from geo.model import SEVERITIES

    counts = Counter(issue.severity for issue in issues)
    listed = [f"{counts[name]:,} {name}{'s' if counts[name] != 1 else ''}" for name in SEVERITIES if counts[name]]
    return f"{len(issues):,} finding{'s' if len(issues) != 1 else ''} ({', '.join(listed)})" if issues else "no findings"


def _origin(series: Sequence[Series], tolerance_deg: float) -> dict[str, str]:
    """Provenance, with how many vertices were moved where any were, which is said as a message too."""
    from geo.overlay import cached_faces

    origin = geo.provenance(series)
    snapped = sum(cached_faces(one, actor, tolerance_deg).snapped for one in series for actor in one.actors)
    if snapped:
        origin["snapped"] = f"{snapped:,} vertices less than {tolerance_deg:g} degrees from another one were moved to it"
        print(f"{origin['snapped']}.", file=sys.stderr)
    return origin


def _put_table(table: pd.DataFrame, args: argparse.Namespace, origin: Mapping[str, str]) -> None:
    if args.output and args.output != "-":
        geo.write_table(table, args.output, form=args.format, origin=origin)
    else:
        _put_text(geo.table_text(table, args.format or "csv"))


def _put_features(features: geopandas.GeoDataFrame, args: argparse.Namespace, origin: Mapping[str, str]) -> None:
    if args.output and args.output != "-":
        geo.write_features(features, args.output, origin=origin)
    else:
        from geo.export import features_text

        _put_text(features_text(features, origin=origin))


def _put_text(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write to standard output: {error.strerror}.") from error
