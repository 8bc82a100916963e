import assert from "node:assert/strict";
import test from "node:test";

import { Numbers, rounded } from "../../geo/viewer/numbers.js";

const numbers = new Numbers("en-GB");

test("three digits that mean something", () => {
  assert.deepEqual([213_377.1, 91_677.6, 1_128.4, 873.2, 131.98, 52.04, 2.5787, 0.1257, 0].map(rounded), [213_000, 91_700, 1_130, 873, 132, 52, 2.58, 0.13, 0]);
});

test("shares and ratios never round to nothing", () => {
  assert.equal(numbers.share(2.58, 96_304), "< 0.01%");
  assert.equal(numbers.share(0, 96_304), "0%");
  assert.equal(numbers.share(1, 0), "–");
  assert.equal(numbers.share(73_423, 96_304), "76%");
  assert.deepEqual(numbers.times(213_377, 218_626), { value: "0.98", of: false });
  assert.deepEqual(numbers.times(2.58, 218_626), { value: "1/84,700", of: true });
  assert.deepEqual(numbers.times(0, 218_626), { value: "0", of: false });
  assert.deepEqual(numbers.times(5, 0), { value: "–", of: false });
});
