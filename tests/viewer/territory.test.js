import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { parse } from "../../geo/viewer/payload.js";
import { Territory, mercator, steps } from "../../geo/viewer/territory.js";

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
const layer = model.definitions[0].layers[0];
const territory = new Territory(layer, model.records, model.grid, { x: 0, y: 0 });
const face = (name) => territory.faces.findIndex((rows) => model.records.name[rows[0]] === name);
const [west, east, island] = ["West", "East", "Island"].map(face);

test("the payload of the contract decodes", () => {
  assert.equal(model.first, "2015-01-10");
  assert.equal(layer.arcs.length, 5);
  assert.deepEqual(layer.curve.days.slice(0, 2), [0, 22]);
  assert.equal(layer.curve.days.length, layer.curve.recorded.length);
});

test("a payload of another format is refused by name", () => {
  const other = JSON.stringify({ ...golden.header, format: "other/9" });
  const made = new Uint8Array(4 + other.length);
  new DataView(made.buffer).setUint32(0, other.length, true);
  made.set(new TextEncoder().encode(other), 4);
  assert.throws(() => parse(made), /other\/9/);
});

test("what is held on a day, half-open, under each reading", () => {
  const on = (day, reading) => [...territory.held(day, reading)].map((held, index) => held && model.records.name[territory.faces[index][0]]).filter(Boolean).sort();
  assert.deepEqual(on(0), ["West"]);
  assert.deepEqual(on(22), ["East", "Island", "West"]);
  assert.deepEqual(on(23), ["East", "West"]);
  assert.deepEqual(on(22, "certain"), ["Island", "West"]);
  assert.deepEqual(on(50), ["East"]);
  assert.deepEqual(on(81), []);
});

test("neighbours are drawn as one ring without their shared border", () => {
  const one = (index) => Uint8Array.from(territory.faces, (_, at) => (at === index ? 1 : 0));
  const both = Uint8Array.from(territory.faces, (_, at) => (at === west || at === east ? 1 : 0));
  assert.equal(territory.outline(both).match(/z/g).length, 1);
  assert.equal(territory.outline(one(island)).match(/z/g).length, 2);
  assert.equal(territory.outline(new Uint8Array(3)), "");
  assert.equal(territory.outline(both), territory.outline(both));
});

test("every ring of an outline closes", () => {
  for (let set = 1; set < 8; set++) {
    const outline = territory.outline(Uint8Array.from([set & 1, (set >> 1) & 1, (set >> 2) & 1]));
    for (const ring of outline.split("z").filter(Boolean)) {
      const sum = [0, 0];
      for (const step of ring.slice(ring.indexOf("l") + 1).trim().split(" ")) {
        const [dx, dy] = step.split(",").map(Number);
        sum[0] += dx;
        sum[1] += dy;
      }
      assert.deepEqual(sum, [0, 0], ring);
    }
  }
});

test("a click finds the face, not its hole", () => {
  assert.equal(territory.faceAt(0.5, 0.5), west);
  assert.equal(territory.faceAt(1.5, 0.5), east);
  assert.equal(territory.faceAt(3.1, 0.5), island);
  assert.equal(territory.faceAt(3.5, 0.5), -1);
  assert.equal(territory.faceAt(9, 9), -1);
});

test("areas are the sums of what Python measured", () => {
  const all = territory.held(22);
  assert.equal(territory.area(all), layer.face_km2.reduce((sum, area) => sum + area, 0));
  assert.ok(Math.abs(territory.area(all) - layer.curve.recorded[1]) < 1e-3);
});

test("bounds of what is held", () => {
  assert.deepEqual(territory.bounds(territory.held(0)).map((value) => Math.round(value * 1e5) / 1e5), [0, 0, 1, 1]);
  assert.equal(territory.bounds(new Uint8Array(3)), null);
});

test("mercator goes down the page and steps run both ways", () => {
  assert.ok(mercator(35) < mercator(30));
  assert.ok(Math.abs(mercator(0)) < 1e-12);
  assert.equal(steps(Int32Array.of(0, 0, 2, 1, 5, 5)), "2,1 3,4");
  assert.equal(steps(Int32Array.of(0, 0, 2, 1, 5, 5), true), "-3,-4 -2,-1");
});
