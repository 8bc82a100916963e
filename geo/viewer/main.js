// Opens the payload and joins the parts: one view, drawn by the map, the chart, the read-out and the controls.

import { aboutDialog } from "#viewer/about.js";
import { Chart } from "#viewer/chart.js";
import { Controls } from "#viewer/controls.js";
import { Hash } from "#viewer/hash.js";
import { TerritoryLayer, addBaseMap, addGraticule, centreOf, nameOnHover } from "#viewer/map.js";
import { Numbers } from "#viewer/numbers.js";
import { decode } from "#viewer/payload.js";
import { PlaceCard } from "#viewer/place.js";
import { Summary } from "#viewer/summary.js";
import { Borders, Territory } from "#viewer/territory.js";
import { Text, element } from "#viewer/text.js";
import { Calendar, indexAt } from "#viewer/timeline.js";
import { View } from "#viewer/view.js";

const L = globalThis.L;
const EVENT_DAYS = 21;

/**
 * Puts a timeline on a Leaflet map.
 * @param map the map
 * @param packed the payload, base64
 * @param settings text of the interface, and the moment to show first where the address names none
 */
export async function start(map, packed, { words, moment }) {
  const text = new Text(words);
  const container = map.getContainer();
  try {
    return new Page(map, await decode(packed), text, moment);
  } catch (error) {
    container.append(element("p", "timeline-failed", text.say("loading_failed", { reason: error.message })));
    throw error;
  }
}

class Page {
  constructor(map, model, text, moment) {
    this.map = map;
    this.model = model;
    this.numbers = new Numbers("en-GB");
    const container = map.getContainer();
    const plane = { grid: model.grid, centre: centreOf(model.extent, model.grid) };
    const territories = model.definitions.map((definition) => {
      const borders = new Borders(definition, plane.grid, plane.centre);
      return definition.layers.map(({ actor }) => new Territory(borders, model.records, actor));
    });
    const view = new View(model, new Calendar(model.first, model.days), territories);
    this.view = view;
    this.text = text;
    this.chart = new Chart(view, text, this.numbers);
    this.controls = new Controls(view, this.chart, text, () => this.#zoom());
    this.summary = new Summary(view, text, this.numbers);
    this.caption = element("p", "caption");
    container.classList.add("timeline-map");
    const about = aboutDialog(model, text);
    const open = element("button", "about-open", text.say("about"), { type: "button" });
    open.addEventListener("click", () => about.showModal());
    this.summary.root.append(open);
    this.panel = element("div", "panel");
    const bar = element("div", "panel-bar");
    bar.append(this.controls.root, this.caption);
    this.panel.append(bar, this.chart.root);
    container.append(this.summary.root, this.panel, about);
    for (const part of [this.summary.root, this.panel, about]) {
      L.DomEvent.disableClickPropagation(part);
      L.DomEvent.disableScrollPropagation(part);
      part.addEventListener("keydown", (event) => event.stopPropagation());
    }
    map.attributionControl.setPrefix("Leaflet");
    this.#fit(model.extent);
    if (model.base) addBaseMap(map, model.base, plane);
    else if (model.graticule) addGraticule(map, model.extent, plane);
    this.layer = new TerritoryLayer(map, plane, model.actors.map((_, actor) => view.colour(actor)));
    this.card = new PlaceCard(map, view, text, this.numbers);
    map.on("click", (event) => this.#click(event));
    if (view.several) nameOnHover(map, (latlng) => model.actors[this.#at(latlng)?.actor]);
    map.on("zoomend", () => this.layer.locate(this.#bounds()));
    map.on("popupclose", () => this.layer.choose(""));
    map.on("resize", () => this.#measure());
    view.addEventListener("change", () => this.draw());
    this.hash = new Hash(map, view);
    this.hash.apply(moment);
    this.hash.read();
    this.draw();
    container.dataset.ready = "true";
  }

  /** West, south, east and north of all land held on the day shown. */
  #bounds() {
    const territories = this.view.territories[this.view.definitionIndex];
    const all = territories.map((territory) => territory.bounds(territory.held(this.view.day))).filter(Boolean);
    return all.length ? [0, 1, 2, 3].map((side) => (side < 2 ? Math.min : Math.max)(...all.map((bounds) => bounds[side]))) : null;
  }

  #zoom() {
    this.#fit(this.#bounds() ?? this.model.extent);
  }

  /** Shows an extent beside the read-out and above the chart. */
  #fit([west, south, east, north]) {
    this.#measure();
    const size = this.map.getSize();
    const beside = this.summary.root.offsetWidth < size.x / 2;
    const inset = beside ? [this.summary.root.offsetWidth + 20, 10] : [10, this.summary.root.offsetHeight];
    this.map.fitBounds([[south, west], [north, east]], { animate: false, maxZoom: 12, paddingTopLeft: inset, paddingBottomRight: [10, this.panel.offsetHeight] });
  }

  /** Tells the style sheet how much of the map the chart covers. */
  #measure() {
    this.map.getContainer().style.setProperty("--panel-height", `${this.panel.offsetHeight}px`);
  }

  draw() {
    const { view } = this;
    const key = `${view.definitionIndex} ${view.actor}`;
    if (key !== this.drawnDefinition) {
      this.drawnDefinition = key;
      this.chart.draw();
    } else this.chart.move();
    this.#territory();
    this.summary.update();
    this.controls.update();
    this.#event();
  }

  #territory() {
    const { view } = this;
    const state = `${view.definitionIndex} ${indexAt(view.everyChange, view.day)} ${view.pinned === null ? "" : indexAt(view.everyChange, view.pinned)} ${view.actor}`;
    if (state === this.drawnState) return;
    this.drawnState = state;
    this.layer.locate(this.#bounds());
    const changes = [];
    for (const territory of view.territories[view.definitionIndex]) {
      const [first, last] = view.pinned === null ? [view.day, view.day] : [Math.min(view.pinned, view.day), Math.max(view.pinned, view.day)];
      const [earlier, later] = [first, last].map((day) => territory.held(day));
      const [certain, possible] = ["certain", "possible"].map((reading) => territory.held(last, reading));
      const doubt = view.pinned === null ? possible.map((is, side) => is & ~certain[side] & 1) : new Uint8Array(later.length);
      this.layer.drawActor(territory.actor, territory.outline(later), territory.outline(doubt));
      if (view.actor !== null && view.actor !== territory.actor) continue;
      const either = territory.outline(later.map((is, side) => is ^ earlier[side]));
      if (either) changes.push({ index: territory.actor, earlier: territory.outline(earlier), later: territory.outline(later), either });
    }
    const outline = (actor) => this.#of(actor).outline(this.#of(actor).held(view.day));
    const style = view.several && view.actor === null ? "taken" : "gained";
    this.layer.drawOver(changes, style, view.overlaps().map(({ pair }) => pair.map(outline)));
  }

  /** The territory of an actor under the definition shown. */
  #of(actor) {
    return this.view.territories[this.view.definitionIndex].find((territory) => territory.actor === actor);
  }

  #event() {
    const { model, view } = this;
    const index = indexAt(model.events.map((event) => event.day), view.day);
    const event = model.events[index];
    const recent = event && view.day - event.day <= EVENT_DAYS;
    this.caption.replaceChildren();
    if (event) {
      this.caption.append(element("time", "", this.numbers.shortDay.format(view.calendar.date(event.day))), ` ${event.title}`);
      this.caption.classList.toggle("caption-old", !recent);
    }
    this.layer.ring(recent ? event : null);
  }

  /** The land at a point: that held on the day shown if any is, else any held on another day; undefined for none. */
  #at({ lng, lat }) {
    const { view } = this;
    const { day } = view;
    const found = view.territories[view.definitionIndex]
      .map((territory) => ({ territory, actor: territory.actor, spells: territory.spellsAt(lng, lat) }))
      .filter(({ spells }) => spells.length);
    return found.find(({ spells }) => spells.some(({ from, to }) => from <= day && day < to)) ?? found[0];
  }

  #click({ latlng }) {
    const found = this.#at(latlng);
    if (!found) return;
    this.card.open(latlng, found.territory, found.spells);
    this.layer.choose(found.territory.outlineAround(found.spells, this.view.day));
  }
}
