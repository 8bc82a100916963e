// Opens the payload and joins the parts: one view, drawn by the map, the chart, the read-out and the controls.

import { aboutDialog } from "#viewer/about.js";
import { Chart } from "#viewer/chart.js";
import { Controls } from "#viewer/controls.js";
import { Hash } from "#viewer/hash.js";
import { TerritoryLayer, addBaseMap, centreOf } from "#viewer/map.js";
import { Numbers } from "#viewer/numbers.js";
import { decode } from "#viewer/payload.js";
import { PlaceCard } from "#viewer/place.js";
import { PrintSheet } from "#viewer/print.js";
import { Story } from "#viewer/story.js";
import { Summary } from "#viewer/summary.js";
import { Territory } from "#viewer/territory.js";
import { Text, element } from "#viewer/text.js";
import { Calendar, indexAt } from "#viewer/timeline.js";
import { TrueSize } from "#viewer/truesize.js";
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
    const territories = model.definitions.map((definition) => definition.layers.map((layer) => new Territory(layer, model.records, plane.grid, plane.centre)));
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
    this.cards = element("div", "cards");
    const parts = [];
    if (model.story.length) parts.push(new Story(view, text, (bbox) => this.#look(bbox)));
    if (model.base) parts.push(new TrueSize(map, view, text, this.numbers, (bbox) => this.#look(bbox)));
    this.cards.append(...parts.map((part) => part.root));
    const tools = element("div", "tools");
    tools.append(...parts.map((part) => part.button), new PrintSheet(map, view, text, this.numbers, plane).button, open);
    this.summary.root.append(tools);
    this.panel = element("div", "panel");
    const bar = element("div", "panel-bar");
    bar.append(this.controls.root, this.caption);
    this.panel.append(bar, this.chart.root);
    container.append(this.summary.root, this.cards, this.panel, about);
    for (const part of [this.summary.root, this.cards, this.panel, about]) {
      L.DomEvent.disableClickPropagation(part);
      L.DomEvent.disableScrollPropagation(part);
      part.addEventListener("keydown", (event) => event.stopPropagation());
    }
    map.attributionControl.setPrefix("Leaflet");
    this.#fit(model.extent);
    if (model.base) addBaseMap(map, model.base, plane);
    const actors = [...new Set(model.definitions.flatMap((definition) => definition.layers.map((layer) => layer.actor)))];
    this.layer = new TerritoryLayer(map, plane, actors);
    this.card = new PlaceCard(map, view, text, this.numbers);
    map.on("click", (event) => this.#click(event));
    map.on("zoomend", () => this.layer.locate(this.#bounds()));
    map.on("popupclose", () => this.layer.choose(""));
    new ResizeObserver(() => this.#measure()).observe(this.panel);
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

  /** Shows an extent for a card, or all land held for null; playing stops. */
  #look(bbox) {
    this.controls.stop();
    this.#fit(bbox ?? this.#bounds() ?? this.model.extent);
  }

  /** Shows an extent beside the read-out and the cards and above the chart. */
  #fit([west, south, east, north]) {
    this.#measure();
    const size = this.map.getSize();
    const beside = this.summary.root.offsetWidth < size.x / 2;
    const { offsetWidth, offsetHeight } = this.cards;
    const start = beside ? [this.summary.root.offsetWidth + 20, 10] : [10, this.summary.root.offsetHeight];
    const end = beside ? [offsetHeight && offsetWidth, 0] : [10, offsetHeight];
    this.map.fitBounds([[south, west], [north, east]], { animate: false, maxZoom: 12, paddingTopLeft: start, paddingBottomRight: [end[0] + 10, end[1] + this.panel.offsetHeight] });
  }

  /** Tells the style sheet how much of the map the chart covers. */
  #measure() {
    this.map.getContainer().style.setProperty("--panel-height", `${this.panel.offsetHeight}px`);
  }

  draw() {
    const { view } = this;
    const key = view.definitionIndex;
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
    const state = `${view.definitionIndex} ${indexAt(view.changes, view.day)} ${view.pinned === null ? "" : indexAt(view.changes, view.pinned)}`;
    if (state === this.drawnState) return;
    this.drawnState = state;
    this.layer.locate(this.#bounds());
    const territories = view.territories[view.definitionIndex];
    if (view.pinned === null) {
      territories.forEach((territory, index) => {
        const [held, certain, possible] = ["recorded", "certain", "possible"].map((reading) => territory.held(view.day, reading));
        this.layer.drawActor(index, territory.outline(held), territory.outline(possible.map((is, face) => is & ~certain[face] & 1)));
      });
      this.layer.drawChange("", "");
      return;
    }
    const forward = view.pinned <= view.day;
    const { actors } = view.change();
    actors.forEach(({ kept }, index) => this.layer.drawActor(index, territories[index].outline(kept.faces), ""));
    const [gained, lost] = ["gained", "lost"].map((part) => actors.map((actor, index) => territories[index].outline(actor[part].faces)).join(""));
    this.layer.drawChange(...(forward ? [gained, lost] : [lost, gained]));
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

  #click({ latlng }) {
    const { view } = this;
    const found = view.territories[view.definitionIndex]
      .map((territory) => ({ territory, face: territory.faceAt(latlng.lng, latlng.lat) }))
      .find(({ face }) => face >= 0);
    if (!found) return;
    this.card.open(latlng, found.territory, found.face);
    this.layer.choose(found.territory.outline(Uint8Array.from(found.territory.faces, (_, face) => (face === found.face ? 1 : 0))));
  }
}
