import assert from "node:assert/strict";
import test from "node:test";

import { roundLength, sheetDays } from "../../geo/viewer/print.js";

/** A view of a series held from day 10 to day 120. */
const view = (day, story = []) => ({ day, changes: [0, 10, 50, 120], model: { story }, area: (on) => ({ possible: on >= 10 && on < 120 ? 5 : 0 }) });

test("twelve even days while anything is held, and the day shown", () => {
  const days = sheetDays(view(200));
  assert.equal(days.length, 13);
  assert.deepEqual([days[0], days[11], days[12]], [10, 50, 200]);
  assert.equal(sheetDays(view(10)).length, 12);
});

test("the days of a story, each once, in order", () => {
  assert.deepEqual(sheetDays(view(30, [{ day: 40 }, { day: 20 }, { day: 40 }])), [20, 30, 40]);
});

test("scale bars have round lengths", () => {
  assert.deepEqual([1, 1.9, 2, 49, 50, 730, 0.3].map(roundLength), [1, 1, 2, 20, 50, 500, 0.2]);
});
