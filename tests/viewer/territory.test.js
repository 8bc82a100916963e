import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Ledger } from "../../geo/viewer/ledger.js";
import { parse } from "../../geo/viewer/payload.js";
import { Borders, Territory, mercator, steps } from "../../geo/viewer/territory.js";

const golden = JSON.parse(readFileSync(new URL("../data/payload.json", import.meta.url)));

/** The bytes that geo/payload.py compresses, from the golden file. */
function bytes() {
  const head = new TextEncoder().encode(JSON.stringify(golden.header));
  const made = new Uint8Array(4 + head.length + golden.columns.length / 2);
  new DataView(made.buffer).setUint32(0, head.length, true);
  made.set(head, 4);
  made.set(Uint8Array.from(golden.columns.match(/../g), (hex) => parseInt(hex, 16)), 4 + head.length);
  return made;
}

const model = parse(bytes());
const [definition] = model.definitions;
const borders = new Borders(definition, model.grid, { x: 0, y: 0 });
const territory = new Territory(borders, model.records, 0);
const ledger = new Ledger(definition.pieces, model.records);
const names = (spells) => spells.map(([first]) => model.records.name[first]);
const side = (name) => definition.sides.findIndex((spells) => names(spells).includes(name));
const mask = (...sides) => Uint8Array.from(definition.sides, (_, at) => (sides.includes(at) ? 1 : 0));
const [west, east, island] = ["West", "East", "Island"].map(side);

test("the payload of the contract decodes", () => {
  assert.equal(model.first, "2015-01-10");
  assert.deepEqual(model.actors, ["Red"]);
  assert.equal(definition.arcs.length, 5);
  assert.deepEqual(definition.layers[0].curve.days.slice(0, 2), [0, 22]);
  assert.equal(definition.layers[0].curve.days.length, definition.layers[0].curve.recorded.length);
});

test("a payload of another format is refused by name", () => {
  const other = JSON.stringify({ ...golden.header, format: "other/9" });
  const made = new Uint8Array(4 + other.length);
  new DataView(made.buffer).setUint32(0, other.length, true);
  made.set(new TextEncoder().encode(other), 4);
  assert.throws(() => parse(made), /other\/9/);
});

test("what is held on a day, half-open, under each reading", () => {
  const on = (day, reading) => [...territory.held(day, reading)].flatMap((held, index) => (held ? names(definition.sides[index]) : [])).sort();
  assert.deepEqual(on(0), ["West"]);
  assert.deepEqual(on(22), ["East", "Island", "West"]);
  assert.deepEqual(on(23), ["East", "West"]);
  assert.deepEqual(on(22, "certain"), ["Island", "West"]);
  assert.deepEqual(on(50), ["East"]);
  assert.deepEqual(on(81), []);
});

test("neighbours are drawn as one ring without their shared border", () => {
  assert.equal(territory.outline(mask(west, east)).match(/z/g).length, 1);
  assert.equal(territory.outline(mask(island)).match(/z/g).length, 2);
  assert.equal(territory.outline(mask()), "");
  assert.equal(territory.outline(mask(west, east)), territory.outline(mask(west, east)));
});

/** Rings of a path as lists of points on the plane. */
function rings(path) {
  return path.split("z").filter(Boolean).map((ring) => {
    const points = [ring.slice(1, ring.indexOf("l")).split(",").map(Number)];
    for (const step of ring.slice(ring.indexOf("l") + 1).trim().split(" ")) {
      const [dx, dy] = step.split(",").map(Number);
      points.push([points.at(-1)[0] + dx, points.at(-1)[1] + dy]);
    }
    return points;
  });
}

test("every ring of an outline closes", () => {
  for (let set = 1; set < 8; set++) {
    const outline = territory.outline(mask(...[west, east, island].filter((_, bit) => (set >> bit) & 1)));
    for (const points of rings(outline)) assert.deepEqual(points.at(-1), points[0]);
  }
});

test("an outline may cross itself and touch itself", () => {
  const line = (...points) => Int32Array.from(points);
  const two = { arcs: [{ left: 0, right: -1, points: line(0, 0, 2, 0, 2, 2, 0, 2, 0, 0) }, { left: 1, right: -1, points: line(0, 0, -1, 0, -1, -1, 0, -1, 0, 0) }], sides: [[[0, 0]], [[0, 0]]] };
  const outline = new Territory(new Borders(two, 1, { x: 0, y: 0 }), { ...model.records, actor: [0] }, 0).outline(Uint8Array.of(1, 1));
  const all = rings(outline);
  assert.equal(all.reduce((sum, points) => sum + points.length - 1, 0), 8);
  for (const points of all) assert.deepEqual(points.at(-1), points[0]);
});

test("a point tells its spells; a hole is no land", () => {
  const at = (lon, lat) => territory.spellsAt(lon, lat).map(({ from, to, first, last }) => [model.records.name[first], from, to, first === last]);
  assert.deepEqual(at(0.5, 0.5), [["West", 0, 50, true]]);
  assert.deepEqual(at(1.5, 0.5), [["East", 22, 81, true]]);
  assert.deepEqual(at(3.1, 0.5), [["Island", 22, 23, true]]);
  assert.deepEqual(at(3.5, 0.5), []);
  assert.deepEqual(at(9, 9), []);
  assert.equal(territory.outlineAround(territory.spellsAt(3.1, 0.5), 60), territory.outline(mask(island)));
});

test("borders of many dates tell when a point between them was held", () => {
  // three snapshots: held up to x = 4, then 2, then 6; one ring each, sharing the edges at the west
  const arcs = [2, 4, 6].map((x, at) => ({ left: at, right: -1, points: Int32Array.of(0, 0, x, 0, x, 9, 0, 9, 0, 0) }));
  const records = { actor: [0, 0, 0], name: ["", "", ""], recorded: [[10, 20], [0, 10], [20, 30]] };
  const front = new Territory(new Borders({ arcs, sides: [[[0, 0]], [[1, 1]], [[2, 2]]] }, 1, { x: 0, y: 0 }), records, 0);
  const at = (lon) => front.spellsAt(lon, 5).map(({ from, to }) => [from, to]);
  assert.deepEqual(at(1), [[0, 30]]);
  assert.deepEqual(at(3), [[0, 10], [20, 30]]);
  assert.deepEqual(at(5), [[20, 30]]);
});

test("areas are the sums of what Python measured", () => {
  const { curve } = definition.layers[0];
  const { gained, lost, kept } = ledger.compare(0, 22, 50);
  const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-3, `${one} ${other}`);
  close(lost.recorded + kept.recorded, curve.recorded[1]);
  close(gained.recorded + kept.recorded, curve.recorded[curve.days.indexOf(50)]);
  assert.deepEqual(ledger.compare(0, 50, 22).lost, gained);
});

test("land that nobody holds any more went to whom the last spell names", () => {
  const passed = ledger.transitions(0, 80, model.actors);
  assert.deepEqual(passed.map(({ from, to }) => [from, to]).sort(), [[[], ["Red"]], [["Red"], ["Green"]]].sort());
});

test("who holds what on the same day", () => {
  const records = { actor: [0, 1], recorded: [[0, 10], [5, 10]], taken_from: [null, null], lost_to: [null, null] };
  const two = new Ledger([{ km2: 10, spells: [[0, 0]] }, { km2: 3, spells: [[0, 0], [1, 1]] }], records);
  assert.deepEqual(two.overlaps(2), []);
  assert.deepEqual(two.overlaps(7), [{ pair: [0, 1], km2: 3 }]);
  assert.deepEqual(two.transitions(2, 7, ["A", "B"]), [{ from: ["A"], to: ["A", "B"], km2: 3 }]);
});

test("bounds of what is held", () => {
  assert.deepEqual(territory.bounds(territory.held(0)).map((value) => Math.round(value * 1e5) / 1e5), [0, 0, 1, 1]);
  assert.equal(territory.bounds(mask()), null);
});

test("mercator goes down the page and steps run both ways", () => {
  assert.ok(mercator(35) < mercator(30));
  assert.ok(Math.abs(mercator(0)) < 1e-12);
  assert.equal(steps(Int32Array.of(0, 0, 2, 1, 5, 5)), "2,1 3,4");
  assert.equal(steps(Int32Array.of(0, 0, 2, 1, 5, 5), true), "-3,-4 -2,-1");
});
