import assert from "node:assert/strict";
import test from "node:test";

import { Calendar, indexAt, neighbour } from "../../geo/viewer/timeline.js";

const calendar = new Calendar("2014-06-10", 400);

test("days count from the first", () => {
  assert.equal(calendar.iso(0), "2014-06-10");
  assert.equal(calendar.iso(21), "2014-07-01");
  assert.equal(calendar.parse("2014-07-01"), 21);
});

test("a day outside is clamped, what is no day is null", () => {
  assert.equal(calendar.parse("1999-01-01"), 0);
  assert.equal(calendar.parse("2030-01-01"), 400);
  for (const text of ["", "03/04/2015", "2015-02-30", "2015-5-1", "now"]) assert.equal(calendar.parse(text), null, text);
});

test("a month on, short months end early", () => {
  const leap = new Calendar("2016-01-01", 800);
  assert.equal(leap.iso(leap.addMonths(leap.parse("2016-01-31"), 1)), "2016-02-29");
  assert.equal(leap.iso(leap.addMonths(leap.parse("2016-03-31"), -1)), "2016-02-29");
  assert.equal(leap.iso(leap.addMonths(leap.parse("2016-12-15"), 1)), "2017-01-15");
  assert.equal(leap.addMonths(10, -5), 0);
});

test("years inside the series", () => {
  assert.deepEqual(calendar.years().map(({ year }) => year), [2014, 2015]);
  assert.equal(calendar.years()[1].day, calendar.parse("2015-01-01"));
});

test("index of the last value not after a day", () => {
  const days = [0, 5, 5, 9];
  assert.deepEqual([-1, 0, 4, 5, 8, 9, 100].map((day) => indexAt(days, day)), [-1, 0, 0, 2, 2, 3, 3]);
  assert.equal(indexAt([], 3), -1);
});

test("neighbours are strictly before or after", () => {
  const days = [2, 5, 9];
  assert.deepEqual([1, 2, 5, 9].map((day) => neighbour(days, day, 1)), [2, 5, 9, null]);
  assert.deepEqual([1, 2, 5, 9, 10].map((day) => neighbour(days, day, -1)), [null, null, 2, 5, 9]);
});
