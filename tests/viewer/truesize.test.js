import assert from "node:assert/strict";
import test from "node:test";

import { layDown } from "../../geo/viewer/truesize.js";

const near = ([lat, lon], [otherLat, otherLon]) => assert.ok(Math.hypot(lat - otherLat, lon - otherLon) < 1e-6, `${[lat, lon]} is not ${[otherLat, otherLon]}`);

/** Centre, point of the plane in km, and what PROJ 9 gives: `+proj=laea +datum=WGS84`, inverse; all [lat, lon]. */
const PROJ = [
  [[0, 10], [300, -120], [-1.08495807, 12.6955537]],
  [[0, 10], [-450, 520], [4.70099716, 5.94659072]],
  [[33.5, 43.25], [300, -120], [32.37691576, 46.43862921]],
  [[33.5, 43.25], [-450, 520], [38.08517731, 38.12173748]],
  [[60, -5], [300, -120], [58.81745095, 0.1977404]],
  [[60, -5], [-450, 520], [64.37842314, -14.34997017]],
];

test("points lie where PROJ puts them", () => {
  for (const [centre, point, expected] of PROJ) near(layDown(point, 1000, centre, 0)[0], expected);
});

test("the centre is the centre", () => {
  near(layDown([0, 0], 100, [48, 11], 30)[0], [48, 11]);
});

test("a quarter turn clockwise takes north to east, and four are none", () => {
  near(layDown([0, 200], 1000, [20, 30], 90)[0], layDown([200, 0], 1000, [20, 30], 0)[0]);
  near(layDown([70, 200], 1000, [20, 30], 360)[0], layDown([70, 200], 1000, [20, 30], 0)[0]);
});

test("one unit is as long as said", () => {
  near(layDown([30, 40], 100, [50, 5], 0)[0], layDown([3000, 4000], 1, [50, 5], 0)[0]);
});
