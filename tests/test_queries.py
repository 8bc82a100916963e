"""Days, intervals and pairs that a query names."""

from __future__ import annotations

from datetime import date

import pytest
from shapes import tiny_series

from geo.errors import DateError
from geo.load import load_series
from geo.queries import query_days, query_interval, query_pairs


def test_days():
    series = tiny_series()
    assert query_days(series, "2015-03-05, 2015-01-05,2015-01-05") == [date(2015, 1, 5), date(2015, 3, 5)]
    assert query_days(series, "../..") == [date(2015, 1, 1), date(2015, 2, 1), date(2015, 3, 1)]
    assert query_days(series, "2015-01-31/2015-03", step="P1M") == [date(2015, 1, 31), date(2015, 2, 28), date(2015, 3, 31)]


def test_interval_of_a_closed_series():
    series = load_series(definition="towns")
    assert query_interval(series, "2015/..") == (date(2015, 1, 1), date(2019, 3, 31))
    assert query_interval([series], "../2015-02") == (date(2013, 7, 1), date(2015, 2, 28))


def test_pairs():
    series = load_series(definition="towns")
    assert query_pairs(series, "2015-05-21/2017-10-17") == [(date(2015, 5, 21), date(2017, 10, 17))]
    stepped = query_pairs(series, "2015-01-01/2015-04-01", step="P1M")
    assert stepped == [(date(2015, 1, 1), date(2015, 2, 1)), (date(2015, 2, 1), date(2015, 3, 1)), (date(2015, 3, 1), date(2015, 4, 1))]


def test_the_last_pair_ends_with_the_interval():
    stepped = query_pairs(tiny_series(), "2015-01-10/2015-03-01", step="P1M")
    assert stepped == [(date(2015, 1, 10), date(2015, 2, 10)), (date(2015, 2, 10), date(2015, 3, 1))]
    assert query_pairs(tiny_series(), "2015-01-10/2015-01-20", step="P1Y") == [(date(2015, 1, 10), date(2015, 1, 20))]


def test_a_day_and_itself_are_a_pair():
    for step in (None, "P1D"):
        assert query_pairs(tiny_series(), "2015-02-03/2015-02-03", step=step) == [(date(2015, 2, 3), date(2015, 2, 3))]


@pytest.mark.parametrize("query", ["2015-05-21", "03/04/2015", "2017/2015", "2012/2015", "x/y"])
def test_no_pair(query):
    with pytest.raises(DateError):
        query_pairs(load_series(definition="towns"), query)
