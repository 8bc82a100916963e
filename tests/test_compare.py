"""Two dates compared: by hand, as identities on random series, and hands that land passed through."""

from __future__ import annotations

import math
from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import EAST, FAR_EAST, PAIR, WEST, series_of, tiny_series

from geo.compare import PARTS, change_between, part_masks
from geo.errors import DateError
from geo.load import load_definitions, load_series
from geo.measure import area_km2
from geo.model import Record, Series
from geo.overlay import faces, matrix
from geo.tables import CHANGE_COLUMNS, change_features, change_table
from geo.transitions import transition_table

SQUARE_KM2 = area_km2([WEST])[0]
START = date(2015, 1, 1)


@st.composite
def random_series(draw) -> Series:
    """Up to eight boxes and triangles on a coarse grid, overlapping or touching, of two actors, with dates known to the day or the month."""
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        west, south = draw(st.integers(0, 5)), draw(st.integers(0, 5))
        east, north = west + draw(st.integers(1, 4)), south + draw(st.integers(1, 4))
        corners = [(west, south), (east, south), (east, north), (west, north)][: draw(st.sampled_from([3, 4]))]
        first = START + timedelta(days=draw(st.integers(0, 200)))
        last = first + timedelta(days=draw(st.integers(1, 200)))
        precision = draw(st.sampled_from(["day", "month"])), draw(st.sampled_from(["day", "month"]))
        rows.append((shapely.Polygon(corners), Record(draw(st.sampled_from(["Red", "Blue"])), "", first, last, *precision)))
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [row[0] for row in rows]
    base = tiny_series()
    return Series(
        "random",
        "Random",
        base.definition,
        shapes,
        tuple(row[1] for row in rows),
        START - timedelta(days=40),
        START + timedelta(days=440),
        START,
    )


days = st.integers(-40, 440).map(lambda number: START + timedelta(days=number))


def test_by_hand():
    change = change_between(tiny_series(), "2015-01-15", "2015-03-15", actor="Red")
    areas = {part: getattr(change, part).area_km2 / SQUARE_KM2 for part in PARTS}
    assert areas == pytest.approx({"before": 1, "after": 1, "gained": 1, "lost": 1, "held": 0})
    assert change.gained.geometry.equals(EAST)
    assert change.lost.geometry.equals(WEST)
    assert change.held.geometry.is_empty
    assert (change.days, change.net_km2, change.net_share, change.share_lost) == (59, 0, 0, 1)


def test_all_actors_together():
    change = change_between(tiny_series(), "2015-01-15", "2015-03-15")
    assert change.gained.geometry.equals(EAST)
    assert change.held.geometry.equals(WEST)
    assert change.lost.area_km2 == 0


def test_a_month_leaves_a_range():
    series = series_of([(WEST, "2015-01-01", "2015-03", "Red"), (EAST, "2015-03", "", "Red")])
    change = change_between(series, "2015-02-01", "2015-03-15", actor="Red")
    assert [area / SQUARE_KM2 for area in change.gained.areas] == pytest.approx([1, 0, 1])
    assert [area / SQUARE_KM2 for area in change.lost.areas] == pytest.approx([1, 0, 1])
    assert [area / SQUARE_KM2 for area in change.held.areas] == pytest.approx([0, 0, 1])


def test_what_was_held_before_both_days_cannot_have_been_gained_between_them():
    series = series_of([(WEST, "2014-01-01", "2015-03", "Red")])
    change = change_between(series, "2015-03-10", "2015-03-20")
    assert change.gained.areas == (0, 0, 0)
    assert [area / SQUARE_KM2 for area in change.lost.areas] == pytest.approx([0, 0, 1])


def test_nothing_before_has_no_shares():
    change = change_between(series_of([(WEST, "2015-02-01", "", "Red")], first=date(2015, 1, 1)), "2015-01-01", "2015-03-01")
    assert math.isnan(change.share_lost)
    assert math.isnan(change.net_share)
    assert change.sentence() == "Between 1 Jan 2015 and 1 Mar 2015 it started from nothing and gained 12,300 km²."
    assert math.isnan(change_between(change.series, "2015-02-01", "2015-02-01").net_km2_per_day)


def test_the_sentence_of_a_reporter():
    series = load_series(definition="land")
    sentence = change_between(series, "2015-05-21", "2017-10-17").sentence()
    assert sentence == change_between(series, "2017-10-17", "2015-05-21").sentence()
    assert sentence.startswith("Between 21 May 2015 and 17 Oct 2017 it lost ")
    several = change_between(tiny_series(), "2015-01-15", "2015-03-15", actor="Red").sentence()
    assert several == "Between 15 Jan 2015 and 15 Mar 2015 Red lost 12,300 of 12,300 km², 100 %, and gained 12,300 km²."
    together = change_between(tiny_series(), "2015-01-15", "2015-03-15").sentence()
    assert together == "Between 15 Jan 2015 and 15 Mar 2015 all actors together lost 0 of 12,300 km², 0 %, and gained 12,300 km²."
    nothing = change_between(tiny_series(), "2015-01-15", "2015-02-15", actor="Blue").sentence()
    assert nothing == "Between 15 Jan 2015 and 15 Feb 2015 Blue started from nothing and gained 0 km²."


def test_a_day_outside_is_refused():
    with pytest.raises(DateError, match="Expected a day from"):
        change_between(load_series(definition="towns"), "2012-01-01", "2015-01-01")


@given(random_series(), days, days)
def test_parts_add_up_to_the_last_bit(series, a, b):
    for actor in (None, *series.actors):
        change = change_between(series, a, b, actor=actor)
        assert change.held.area_km2 + change.lost.area_km2 == change.before.area_km2
        assert change.held.area_km2 + change.gained.area_km2 == change.after.area_km2
        for part in PARTS:
            recorded, certain, possible = getattr(change, part).areas
            assert certain <= recorded <= possible


def attainable(record: Record, a: date, b: date) -> set[tuple[bool, bool]]:
    """Whether a row may hold day `a`, and with it day `b`, trying every day of an uncertain month as start and as end."""

    def choices(day: date, precision: str) -> list[date]:
        return [day.replace(day=number) for number in range(1, monthrange(day.year, day.month)[1] + 1)] if precision == "month" else [day]

    starts, ends = choices(record.valid_from, record.valid_from_precision), choices(record.valid_to, record.valid_to_precision)
    return {(start <= a < end, start <= b < end) for start in starts for end in ends}


@settings(max_examples=40)
@given(random_series(), days, days)
def test_ranges_are_what_every_reading_of_the_dates_gives(series, a, b):
    cut = faces(series)
    masks = part_masks(cut, [(a, b)])
    rows = [attainable(record, a, b) for record in series.records]
    is_part = {"before": [(1, 0), (1, 1)], "after": [(0, 1), (1, 1)], "gained": [(0, 1)], "lost": [(1, 0)], "held": [(1, 1)]}
    for face in range(len(cut.polygon)):
        outcomes = {(False, False)}
        for row in cut.row[cut.face == face]:
            outcomes = {(at_a or on_a, at_b or on_b) for at_a, at_b in outcomes for on_a, on_b in rows[row]}
        for part, wanted in is_part.items():
            assert masks[f"{part}_certain_km2"][0, face] == (outcomes <= set(wanted)), part
            assert masks[f"{part}_possible_km2"][0, face] == bool(outcomes & set(wanted)), part


@given(random_series(), days, days)
def test_swapping_the_days_swaps_gains_and_losses(series, a, b):
    one, other = change_between(series, a, b), change_between(series, b, a)
    assert one.gained.areas == other.lost.areas
    assert one.lost.areas == other.gained.areas
    assert one.held.areas == other.held.areas
    assert one.net_km2 == -other.net_km2


@given(random_series(), st.lists(days, min_size=3, max_size=5))
def test_net_change_adds_up_over_consecutive_intervals(series, stops):
    steps = sum(change_between(series, a, b).net_km2 for a, b in pairwise(stops))
    assert steps == change_between(series, stops[0], stops[-1]).net_km2


@given(random_series(), days, days)
def test_transitions_sum_to_the_start_and_to_the_end(series, a, b):
    a, b = sorted((a, b))
    table = transition_table([series], [(a, b)])
    change = change_between(series, a, b)
    stayed_or_left = table[table["taken_from"] != "unknown"]["area_km2"].sum()
    kept_or_come = table[table["lost_to"] != "unknown"]["area_km2"].sum()
    assert stayed_or_left == pytest.approx(change.before.area_km2, rel=1e-12)
    assert kept_or_come == pytest.approx(change.after.area_km2, rel=1e-12)
    for actor in series.actors:
        own = change_between(series, a, b, actor=actor)
        for column, land in (("taken_from", own.before), ("lost_to", own.after)):
            in_its_hands = table[column].map(lambda hands, actor=actor: actor in hands.split(" and ")).astype(bool)
            assert table["area_km2"][in_its_hands].sum() == pytest.approx(land.area_km2, rel=1e-9)


def test_transitions_by_hand():
    table = transition_table([tiny_series()], [(date(2015, 2, 15), date(2015, 3, 15))])
    found = {(row.taken_from, row.lost_to): row.area_km2 / SQUARE_KM2 for row in table.itertuples()}
    assert found == pytest.approx({("Red", "Red"): 1, ("Red", "Blue"): 1})


def test_transitions_of_the_bundled_series_are_its_change():
    series = load_series(definition="control")
    pair = date(2014, 6, 30), date(2017, 10, 17)
    table, change = transition_table([series], [pair]), change_between(series, *pair)
    lost = table[(table["taken_from"] == "Islamic State") & (table["lost_to"] != "Islamic State")]
    assert lost["area_km2"].sum() == pytest.approx(change.lost.area_km2, rel=1e-12)
    assert set(lost["lost_to"]) >= {"SDF", "Iraqi forces", "Syrian government"}


@pytest.mark.parametrize("definition", ["towns", "belts", "control", "land"])
def test_identities_hold_exactly_on_every_pair_of_the_real_series(definition):
    series = load_series(definition=definition)
    pairs = matrix(series, series.dates[::9])
    area = np.diag(pairs.held_km2)
    assert np.array_equal(pairs.held_km2 + pairs.lost_km2, np.broadcast_to(area[:, None], pairs.held_km2.shape))
    assert np.array_equal(pairs.held_km2 + pairs.gained_km2, np.broadcast_to(area, pairs.held_km2.shape))
    assert np.array_equal(pairs.gained_km2, pairs.lost_km2.T)


def test_table_and_features_say_the_same():
    series, pair = load_series(definition="towns"), [(date(2015, 5, 21), date(2017, 10, 17))]
    table, features = change_table(load_definitions(), pair), change_features(series, pair)
    assert tuple(table.columns) == CHANGE_COLUMNS
    row = table[table["definition"] == "towns"].iloc[0]
    for part in ("gained", "lost", "held"):
        feature = features[features["part"] == part].iloc[0]
        assert feature["area_km2"] == row[f"{part}_km2"]
        assert area_km2([feature["geometry"]])[0] == pytest.approx(feature["area_km2"], rel=1e-9)
    assert row["net_km2_per_day"] == pytest.approx((row["after_km2"] - row["before_km2"]) / 880)


def test_overlap_of_one_actor_counts_once():
    series = series_of([(PAIR, "2015-01-01", "", "Red"), (EAST, "2015-01-01", "", "Red"), (FAR_EAST, "2015-02-01", "", "Red")])
    change = change_between(series, "2015-01-01", "2015-02-01")
    assert [round(getattr(change, part).area_km2 / SQUARE_KM2, 9) for part in PARTS] == [2, 3, 1, 0, 2]
