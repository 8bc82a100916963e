// What is shown: the day, the definition, the baseline, the pinned day, the step of the story. Parts subscribe and read; only `set` changes it.

import { indexAt } from "#viewer/timeline.js";

export class View extends EventTarget {
  constructor(model, calendar, territories) {
    super();
    this.model = model;
    this.calendar = calendar;
    this.territories = territories;
    this.day = model.start;
    this.definitionIndex = 0;
    this.baseline = model.baseline;
    this.pinned = null;
    this.step = null;
  }

  get definition() {
    return this.model.definitions[this.definitionIndex];
  }

  /** Changes any of day, definition (its id), baseline, pinned (a day or null) and step (from 0, or null), and tells everyone. */
  set({ day = this.day, definition, baseline = this.baseline, pinned = this.pinned, step = this.step }) {
    const index = definition === undefined ? -1 : this.model.definitions.findIndex((one) => one.id === definition);
    const next = [this.calendar.clamp(day), index < 0 ? this.definitionIndex : index, baseline, pinned, this.model.story[step] ? step : null];
    const changed = [this.day, this.definitionIndex, this.baseline, this.pinned, this.step].some((value, i) => value !== next[i]);
    [this.day, this.definitionIndex, this.baseline, this.pinned, this.step] = next;
    if (changed) this.dispatchEvent(new Event("change"));
  }

  /** Days on which anything changes under the definition shown, in order. */
  get changes() {
    return this.definition.layers[0].curve.days;
  }

  /** Area on a day in km²: recorded, certain and possible, of all actors together. */
  area(day = this.day) {
    const sum = { recorded: 0, certain: 0, possible: 0 };
    for (const { curve } of this.definition.layers) {
      const index = Math.max(0, indexAt(curve.days, day));
      for (const reading of Object.keys(sum)) sum[reading] += curve[reading][index];
    }
    return sum;
  }

  /** The greatest recorded area and its first day. */
  get peak() {
    const areas = this.changes.map((day) => this.area(day).recorded);
    const km2 = Math.max(...areas);
    return { km2, day: this.changes[areas.indexOf(km2)] };
  }

  /** Gained, lost and kept since the pinned day, each as faces per actor and km² with its range. */
  change() {
    const actors = this.territories[this.definitionIndex].map((territory) => compare(territory, this.pinned, this.day));
    const km2 = Object.fromEntries(
      ["gained", "lost", "kept"].map((part) => [
        part,
        Object.fromEntries(["recorded", "certain", "possible"].map((reading) => [reading, actors.reduce((sum, actor) => sum + actor[part].km2[reading], 0)])),
      ]),
    );
    return { actors, km2 };
  }
}

function compare(territory, before, after) {
  const readings = ["recorded", "certain", "possible"];
  const [a, b] = [before, after].map((day) => Object.fromEntries(readings.map((reading) => [reading, territory.held(day, reading)])));
  const [early, late] = [Math.min(before, after), Math.max(before, after)];
  const turns = [territory.begun(early, late), territory.ended(early, late)];
  const [later, earlier] = before <= after ? turns : turns.reverse();
  const both = (one, other) => one.map((held, face) => held & other[face]);
  const only = (one, other) => one.map((held, face) => held & ~other[face] & 1);
  const part = (recorded, certain, possible) => ({
    faces: recorded,
    km2: { recorded: territory.area(recorded), certain: territory.area(certain), possible: territory.area(possible) },
  });
  return {
    gained: part(only(b.recorded, a.recorded), only(b.certain, a.possible), only(later, a.certain)),
    lost: part(only(a.recorded, b.recorded), only(a.certain, b.possible), only(earlier, b.certain)),
    kept: part(both(a.recorded, b.recorded), both(a.certain, b.certain), both(a.possible, b.possible)),
  };
}
