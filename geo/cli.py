"""The command line: one command per public function, with the same names, defaults and columns.

Data go to standard output or to a file, messages and progress to standard error. Exit codes: 0 fine, 1 findings,
2 misuse, which is said in one line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from geo.claims import claim_table
from geo.errors import GeoError, OutputError, SeriesError
from geo.export import FEATURE_SUFFIXES, TABLE_FORMATS, features_text, provenance, table_text, write_features, write_page, write_table
from geo.figures import load_figures
from geo.load import load_definitions, load_series
from geo.model import Series
from geo.periods import parse_day
from geo.reconcile import implied_table, reach_table, reconcile_table
from geo.tables import area_table, query_days, territory_table
from geo.validate import issue_table, validate

if TYPE_CHECKING:
    import geopandas
    import pandas as pd


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
        print("geo: stopped; nothing was half-written.", file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}. See `{self.prog} --help`.", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> _Parser:
    parser = _Parser(prog="geo", description="Territory that changes over time: measure it, compare it, show it.")
    commands: argparse._SubParsersAction[_Parser] = parser.add_subparsers(required=True, metavar="COMMAND")

    series = _Parser(add_help=False)
    series.add_argument("series", nargs="?", metavar="SERIES", help="file of dated polygons; the bundled Islamic State series if left out")
    definition = _Parser(add_help=False)
    definition.add_argument("--definition", metavar="ID", help="definition of control: towns, belts, control or land (bundled series)")
    table = _Parser(add_help=False)
    table.add_argument("--format", choices=TABLE_FORMATS, help="how a table is written; csv if neither this nor a file's suffix says")
    table.add_argument("-o", "--output", metavar="FILE", help="write to a file (.csv, .json, .parquet) instead of standard output")

    def command(name: str, run: object, text: str, *parents: _Parser) -> _Parser:
        made = commands.add_parser(name, help=text, description=text, parents=parents)
        made.set_defaults(run=run)
        return made

    found = command("build", _build, "Build layers/ from the recorded facts in seeds/.")
    found.add_argument("--check", action="store_true", help="write nothing, say what differs; exit code 1 if anything does")
    found = command("areas", _areas, "Area on dates, with its range and ratios, under every definition or one.", series, definition, table)
    found.add_argument(
        "--datetime", metavar="T", default="../..", help="a day, several (a,b,c) or an interval (a/b, ../b); all change dates"
    )
    found.add_argument("--step", metavar="P1M", help="step of an interval (P1D, P1W, P1M, P1Y) instead of every date of change")
    found.add_argument("--baseline", metavar="DATE", help="the day that ratio_to_baseline compares with")
    found = command("at", _at, "The territory on a day, dissolved, with its attributes.", _date_first(), series, definition)
    found.add_argument(
        "-o", "--output", metavar="FILE", help=f"file in {', '.join(FEATURE_SUFFIXES)}; GeoJSON to standard output if left out"
    )
    found = command("reconcile", _reconcile, "Published figures beside the reconstruction, and the reach that would give them.", table)
    found.add_argument("--publisher", metavar="TEXT", default="", help="keep the publishers whose name has this in it")
    found.add_argument("--summary", action="store_true", help="a row per publisher instead: how steady the implied reach is")
    command("claims", _claims, "What the data say about the claims of the source article.", definition, table)
    found = command("reach", _reach, "Area as a function of reach on a day, beside the figures of that month.", _date_first(), table)
    found.add_argument("--reach", metavar="A/B", type=_reaches, default="1/50", help="reaches in km: a/b, every one; or several (a,b,c)")
    found = command("export", _export, "The page as one HTML file that works offline.", _target_first(), series, definition)
    command("validate", _validate, "What is wrong with a series; exit code 1 on findings.", series, definition, table)
    return parser


def _date_first() -> _Parser:
    parent = _Parser(add_help=False)
    parent.add_argument("date", metavar="DATE", help="a day, such as 2015-05-21")
    return parent


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


def _target_first() -> _Parser:
    parent = _Parser(add_help=False)
    parent.add_argument("target", metavar="OUT.html", help="the file to write")
    return parent


def _series(args: argparse.Namespace) -> tuple[Series, ...]:
    """The series under the definition asked for, or under all it has."""
    return (load_series(args.series, definition=args.definition),) if args.definition else load_definitions(args.series)


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
    days = query_days(series, args.datetime, step=args.step)
    baseline = parse_day(args.baseline) if args.baseline else None
    _put_table(area_table(series, days, baseline=baseline), args, series)
    return 0


def _at(args: argparse.Namespace) -> int:
    series = load_series(args.series, definition=args.definition)
    _put_features(territory_table(series, args.date), args, (series,))
    return 0


def _reconcile(args: argparse.Namespace) -> int:
    wanted = args.publisher.casefold()
    figures = [figure for figure in load_figures() if wanted in f"{figure.publisher} {figure.group}".casefold()]
    if not figures:
        groups = sorted({figure.group for figure in load_figures()})
        raise SeriesError(f"no publisher has {args.publisher!r} in its name. There are {', '.join(groups)}.")
    table = reconcile_table(figures)
    _put_table(implied_table(table) if args.summary else table, args, load_definitions())
    return 0


def _claims(args: argparse.Namespace) -> int:
    args.series = None
    series = _series(args)
    _put_table(claim_table(series), args, series)
    return 0


def _reach(args: argparse.Namespace) -> int:
    _put_table(reach_table(args.date, reaches_km=args.reach), args, load_definitions())
    return 0


def _export(args: argparse.Namespace) -> int:
    series = load_definitions(args.series)
    write_page(series, args.target, definition=args.definition or load_series(args.series).definition.id)
    print(f"{args.target}: {Path(args.target).stat().st_size / 1e3:,.0f} kB, works offline.", file=sys.stderr)
    return 0


def _validate(args: argparse.Namespace) -> int:
    series = _series(args)
    issues = [issue for one in series for issue in validate(one)]
    if issues or args.output or args.format:
        _put_table(issue_table(issues), args, series)
    print(f"{sum(map(len, series))} rows checked, {len(issues) or 'no'} finding{'s' if len(issues) != 1 else ''}.", file=sys.stderr)
    return 1 if issues else 0


def _put_table(table: pd.DataFrame, args: argparse.Namespace, series: Sequence[Series]) -> None:
    if args.output and args.output != "-":
        write_table(table, args.output, form=args.format, origin=provenance(series))
    else:
        _put_text(table_text(table, args.format or "csv"))


def _put_features(features: geopandas.GeoDataFrame, args: argparse.Namespace, series: Sequence[Series]) -> None:
    if args.output and args.output != "-":
        write_features(features, args.output, origin=provenance(series))
    else:
        _put_text(features_text(features, origin=provenance(series)))


def _put_text(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write to standard output: {error.strerror}.") from error
