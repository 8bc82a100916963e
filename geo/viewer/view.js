// What is shown: the day, the definition, the actor, the baseline, the pinned day, the step of the story. Parts subscribe and read; only `set` changes it.

import { Ledger } from "#viewer/ledger.js";
import { indexAt } from "#viewer/timeline.js";

const READINGS = ["recorded", "certain", "possible"];

export class View extends EventTarget {
  /** @param territories for each definition its territories, in the order of its layers */
  constructor(model, calendar, territories) {
    super();
    this.model = model;
    this.calendar = calendar;
    this.territories = territories;
    this.ledgers = model.definitions.map(({ pieces }) => new Ledger(pieces, model.records));
    this.sums = new Map();
    this.day = model.start;
    this.definitionIndex = 0;
    this.actor = null;
    this.baseline = model.baseline;
    this.pinned = null;
    this.step = null;
  }

  get definition() {
    return this.model.definitions[this.definitionIndex];
  }

  /** Whether the series has several actors. */
  get several() {
    return this.model.actors.length > 1;
  }

  /** Changes any of day, definition (its id), actor (its number, null for all), baseline, pinned (a day or null) and step (from 0, or null), and tells everyone. */
  set({ day = this.day, definition, actor = this.actor, baseline = this.baseline, pinned = this.pinned, step = this.step }) {
    const index = definition === undefined ? -1 : this.model.definitions.findIndex((one) => one.id === definition);
    const next = [this.calendar.clamp(day), index < 0 ? this.definitionIndex : index, actor, baseline, pinned, this.model.story[step] ? step : null];
    const changed = [this.day, this.definitionIndex, this.actor, this.baseline, this.pinned, this.step].some((value, i) => value !== next[i]);
    [this.day, this.definitionIndex, this.actor, this.baseline, this.pinned, this.step] = next;
    if (changed) this.dispatchEvent(new Event("change"));
  }

  /** Days on which anything changes under the definition shown, for any actor or the one chosen, in order. */
  get changes() {
    return this.#curve(this.actor).days;
  }

  /** Days on which anything changes for any actor. */
  get everyChange() {
    return this.#curve(null).days;
  }

  /** Class that sets the colour of an actor; empty where there is only one. */
  colour(actor) {
    return this.several && actor !== null ? `colour-${this.model.colours[actor]}` : "";
  }

  /** Area on a day in km², recorded, certain and possible: of all actors together, or of the one chosen. */
  area(day = this.day, actor = this.actor) {
    const { days, ...areas } = this.#curve(actor);
    const index = Math.max(0, indexAt(days, day));
    return Object.fromEntries(READINGS.map((reading) => [reading, areas[reading][index]]));
  }

  /** The greatest recorded area and its first day. */
  get peak() {
    const { days, recorded } = this.#curve(this.actor);
    const km2 = recorded.reduce((most, area) => Math.max(most, area), 0);
    return { km2, day: days[recorded.indexOf(km2)] };
  }

  /** The area of an actor over time, or for null of all together. */
  #curve(actor) {
    const key = `${this.definitionIndex} ${actor}`;
    if (!this.sums.has(key)) {
      const layers = this.definition.layers.filter((layer) => actor === null || layer.actor === actor);
      const days = [...new Set(layers.flatMap(({ curve }) => curve.days))].sort((a, b) => a - b);
      const sum = { days: days.length ? days : [0] };
      for (const reading of READINGS) sum[reading] = sum.days.map(() => 0);
      for (const { curve } of layers) {
        sum.days.forEach((day, index) => {
          const at = Math.max(0, indexAt(curve.days, day));
          for (const reading of READINGS) sum[reading][index] += curve[reading][at];
        });
      }
      this.sums.set(key, sum);
    }
    return this.sums.get(key);
  }

  /** Actors with land on a day, greatest first: number and km². */
  ranking(day = this.day) {
    return this.definition.layers
      .map(({ actor }) => ({ actor, km2: this.area(day, actor).recorded }))
      .filter(({ km2 }) => km2 > 0)
      .sort((a, b) => b.km2 - a.km2);
  }

  /** Gained, lost and kept since the pinned day, in km² under each reading; of all actors together, or of the one chosen. */
  change() {
    return this.ledgers[this.definitionIndex].compare(this.actor, this.pinned, this.day);
  }

  /** From whose hands into whose land passed between the pinned day and the day shown, forward in time. */
  transitions() {
    const [from, to] = [Math.min(this.pinned, this.day), Math.max(this.pinned, this.day)];
    return this.ledgers[this.definitionIndex].transitions(from, to, this.model.actors);
  }

  /** Pairs of actors who hold the same land on the day shown, and how much of it. */
  overlaps() {
    return this.several ? this.ledgers[this.definitionIndex].overlaps(this.day) : [];
  }
}
