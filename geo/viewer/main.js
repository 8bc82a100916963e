// Chooses the language, opens the payload and joins the parts: one view, drawn by map, chart, read-out and controls.

import { fillAbout } from "#viewer/about.js";
import { Chart } from "#viewer/chart.js";
import { Controls } from "#viewer/controls.js";
import { dialogWithButton } from "#viewer/dialog.js";
import { Embedding } from "#viewer/embed.js";
import { Hash, asked } from "#viewer/hash.js";
import { Live } from "#viewer/live.js";
import { TerritoryLayer, addBaseMap, addGraticule, centreOf, nameOnHover } from "#viewer/map.js";
import { Numbers } from "#viewer/numbers.js";
import { decode } from "#viewer/payload.js";
import { PlaceCard } from "#viewer/place.js";
import { PrintSheet } from "#viewer/print.js";
import { Story } from "#viewer/story.js";
import { fillShare } from "#viewer/share.js";
import { Summary } from "#viewer/summary.js";
import { fillTable } from "#viewer/table.js";
import { Borders, Territory } from "#viewer/territory.js";
import { Text, chooseLanguage, element } from "#viewer/text.js";
import { Calendar, indexAt } from "#viewer/timeline.js";
import { TrueSize } from "#viewer/truesize.js";
import { View } from "#viewer/view.js";

const L = globalThis.L;
const EVENT_DAYS = 21;

/**
 * Puts a timeline on a Leaflet map.
 * @param map the map
 * @param packed the payload, base64
 * @param settings words of the interface by language, the moment to show first where the address names none, and the build
 */
export async function start(map, packed, settings) {
  const embedding = new Embedding();
  const { language, locale } = chooseLanguage(settings.languages, [asked(settings.moment).get("lang"), ...navigator.languages]);
  const words = settings.languages[language];
  try {
    const model = await decode(packed);
    const page = new Page(map, model, new Text(language, words, model), locale, settings);
    embedding.join(page);
    return page;
  } catch (error) {
    map.getContainer().append(element("p", "timeline-failed", new Text(language, words).say("loading_failed", { reason: error.message })));
    throw error;
  }
}

class Page {
  constructor(map, model, text, locale, { languages, moment, build }) {
    Object.assign(this, { map, model, text, build });
    this.numbers = new Numbers(locale, text.say("km2"));
    this.calendar = new Calendar(model.first, model.days);
    const plane = { grid: model.grid, centre: centreOf(model.extent, model.grid) };
    const territories = model.definitions.map((definition) => {
      const borders = new Borders(definition, plane.grid, plane.centre);
      return definition.layers.map(({ actor }) => new Territory(borders, model.records, actor));
    });
    const view = new View(model, this.calendar, territories);
    this.view = view;
    this.chart = new Chart(view, text, this.numbers);
    this.controls = new Controls(view, this.chart, text, this.numbers, () => this.#zoom());
    this.summary = new Summary(view, text, this.numbers);
    this.caption = element("p", "caption");
    const look = (bbox) => this.#look(bbox);
    this.cards = [];
    if (model.story.length) this.cards.push(new Story(view, text, this.numbers, look));
    if (model.outlines) this.cards.push(new TrueSize(map, view, text, this.numbers, look));
    this.beside = element("div", "cards");
    this.beside.append(...this.cards.map(({ root }) => root));
    this.sheet = new PrintSheet(map, view, text, this.numbers, plane);
    this.panel = element("div", "panel");
    const bar = element("div", "panel-bar");
    bar.append(this.controls.root, this.caption);
    this.panel.append(bar, this.chart.root);
    this.#container();
    this.#place(this.summary.root, this.beside, this.panel, ...this.#menu(languages));
    this.#fit(model.extent);
    if (model.base) addBaseMap(map, model.base, plane, text);
    else if (model.graticule) addGraticule(map, model.extent, plane);
    this.layer = new TerritoryLayer(map, plane, model.actors.map((_, actor) => view.colour(actor)));
    this.card = new PlaceCard(map, view, text, this.numbers);
    map.on("click", (event) => this.#click(event));
    if (view.several) nameOnHover(map, (latlng) => this.#at(latlng)?.actor, (actor) => text.data(model.actors[actor]));
    map.on("zoomend", () => this.layer.locate(this.#bounds()));
    map.on("popupclose", () => this.layer.choose(""));
    new ResizeObserver(() => this.#measure()).observe(this.panel);
    this.hash = new Hash(this, moment);
    view.addEventListener("change", () => this.draw());
    this.draw();
    map.getContainer().append(new Live(this).root);
    map.getContainer().dataset.ready = "true";
  }

  /** Makes the map's element the frame of the page: language, direction, name, and Enter as a click on its middle. */
  #container() {
    const { map, text } = this;
    const container = map.getContainer();
    container.classList.add("timeline-map");
    container.dir = text.words.direction;
    for (const part of [document.documentElement, container]) part.lang = this.numbers.plain.resolvedOptions().locale;
    if (document.title === this.model.title) document.title = text.data(this.model.title);
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", text.say("map", { title: text.data(this.model.title) }));
    container.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === container) this.#click({ latlng: map.getCenter(), fromKeyboard: true });
    });
    for (const [name, key] of [["in", "zoom_in"], ["out", "zoom_out"]]) {
      const button = container.querySelector(`.leaflet-control-zoom-${name}`);
      button?.setAttribute("title", text.say(key));
      button?.setAttribute("aria-label", text.say(key));
    }
    map.attributionControl.setPrefix("Leaflet");
  }

  /** Puts parts on the map that are no map: what is done in them does not move it. */
  #place(...parts) {
    this.map.getContainer().append(...parts);
    for (const part of parts) {
      L.DomEvent.disableClickPropagation(part);
      L.DomEvent.disableScrollPropagation(part);
      part.addEventListener("keydown", (event) => event.stopPropagation());
    }
  }

  /** Buttons below the read-out that open dialogs, and the choice of a language; returns the dialogs. */
  #menu(languages) {
    const menu = element("div", "menu");
    menu.append(...this.cards.map(({ button }) => button), this.sheet.button);
    const dialogs = Object.entries({ about: fillAbout, share: fillShare, table: fillTable }).map(([name, fill]) => {
      const { button, dialog } = dialogWithButton(name, this.text, (body) => fill(body, this));
      menu.append(button);
      return dialog;
    });
    if (Object.keys(languages).length > 1) menu.append(this.#languageChoice(languages));
    this.summary.root.append(menu);
    return dialogs;
  }

  #languageChoice(languages) {
    const label = element("label", "language");
    const select = element("select", "");
    for (const [value, { language }] of Object.entries(languages)) select.append(element("option", "", language, { value, lang: value, dir: "auto" }));
    select.value = this.text.language;
    select.addEventListener("change", () => location.replace(this.hash.address({ lang: select.value })));
    label.append(element("span", "unseen", this.text.say("language_choice")), select);
    return label;
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
    const side = beside ? this.summary.root.offsetWidth + 20 : 10;
    const { offsetWidth, offsetHeight } = this.beside;
    const otherSide = beside && offsetHeight ? offsetWidth + 10 : 10;
    const [left, right] = this.text.rightToLeft ? [otherSide, side] : [side, otherSide];
    const top = beside ? 10 : this.summary.root.offsetHeight;
    const bottom = this.panel.offsetHeight + (beside ? 0 : offsetHeight);
    this.map.fitBounds([[south, west], [north, east]], { animate: false, maxZoom: 12, paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] });
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
      this.caption.append(element("time", "", this.numbers.shortDay.format(view.calendar.date(event.day))), " ", this.text.dataElement("span", "", event.title));
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

  #click({ latlng, fromKeyboard }) {
    const found = this.#at(latlng);
    if (!found) return;
    this.card.open(latlng, found.territory, found.spells, fromKeyboard);
    this.layer.choose(found.territory.outlineAround(found.spells, this.view.day));
  }
}
