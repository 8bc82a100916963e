// The printed sheet: title, dated maps at equal scale, area curve, table, sources and licence. It stands in the page only
// while the browser prints.

import { Chart } from "#viewer/chart.js";
import { actorTable } from "#viewer/table.js";
import { mercator, project } from "#viewer/territory.js";
import { element } from "#viewer/text.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const MAPS = 12;
const LEAST_COLUMNS = 3;
const ACTORS = 16;
const ACTORS_DAYS = 5;
const WIDTH = 1000;
const SMALL = 26;
const MARGIN_DEG = 0.4;
const KM_PER_DEGREE = 111.32;

/** Days of the maps: those of the story, or evenly spaced ones while anything is held, and the day shown. */
export function sheetDays(view) {
  const held = view.changes.filter((day) => view.area(day).possible > 0);
  const [first, last] = [held[0] ?? 0, held.at(-1) ?? 0];
  const even = Array.from({ length: MAPS }, (_, index) => Math.round(first + ((last - first) * index) / (MAPS - 1)));
  const days = view.model.story.length ? view.model.story.map((step) => step.day) : even;
  return [...new Set([...days, view.day])].sort((a, b) => a - b);
}

/** A round length for a scale bar: the longest of 1, 2 and 5 times a power of ten that is no longer than `km`. */
export function roundLength(km) {
  const power = 10 ** Math.floor(Math.log10(km));
  return [5, 2, 1].find((factor) => factor * power <= km) * power;
}

/** Points of a line at least `step` apart. */
function thin(plane, step) {
  const kept = [plane[0], plane[1]];
  for (let i = 2; i < plane.length; i += 2) {
    if (Math.hypot(plane[i] - kept.at(-2), plane[i + 1] - kept.at(-1)) >= step) kept.push(plane[i], plane[i + 1]);
  }
  return kept;
}

/** Where an extent of the plane lies on a map that is `WIDTH` wide. */
function frameOf([west, south, east, north], { grid, centre }) {
  const onPlane = (lon, lat) => [lon / grid - centre.x, mercator(lat) / grid - centre.y];
  const [left, top] = onPlane(west - MARGIN_DEG, north + MARGIN_DEG);
  const [right, bottom] = onPlane(east + MARGIN_DEG, south - MARGIN_DEG);
  const unit = (right - left) / WIDTH;
  return {
    unit,
    height: (bottom - top) / unit,
    transform: `scale(${1 / unit}) translate(${-left} ${-top})`,
    perKm: 1 / (KM_PER_DEGREE * Math.cos((((south + north) / 2) * Math.PI) / 180) * grid * unit),
    at: (lon, lat) => onPlane(lon, lat).map((value, axis) => (value - [left, top][axis]) / unit),
  };
}

export class PrintSheet {
  constructor(map, view, text, numbers, plane) {
    Object.assign(this, { map, view, text, numbers, plane, frame: frameOf(view.model.extent, plane) });
    this.button = element("button", "menu-button print-open", text.say("print"), { type: "button" });
    this.button.addEventListener("click", () => print());
    addEventListener("beforeprint", () => this.#make());
    addEventListener("afterprint", () => this.root.remove());
  }

  #make() {
    const { view, text } = this;
    this.root?.remove();
    this.root = element("article", "timeline-map sheet");
    this.map.getContainer().after(this.root);
    this.root.dir = text.words.direction;
    const { title, counts } = view.definition;
    const definition = element("p", "sheet-definition");
    definition.append(text.dataElement("strong", "", title), " ", text.dataElement("span", "", counts));
    const days = sheetDays(view);
    const curve = new Chart(view, text, this.numbers);
    this.root.append(text.dataElement("h1", "sheet-title", view.model.title), definition, this.#maps(days), element("h2", "", text.say("table_areas")), curve.root, this.#areas(days), this.#sources());
    curve.draw();
  }

  #maps(days) {
    const grid = element("div", "sheet-maps");
    grid.style.setProperty("--columns", Math.max(LEAST_COLUMNS, Math.ceil(days.length / LEAST_COLUMNS)));
    grid.append(
      ...days.map((day, index) => {
        const figure = element("figure", "sheet-map");
        const caption = element("figcaption", "");
        caption.append(element("b", "", this.numbers.shortDay.format(this.view.calendar.date(day))), ` ${this.numbers.area(this.view.area(day).recorded)}`);
        figure.append(this.#map(day, index === 0), caption);
        return figure;
      }),
    );
    return grid;
  }

  /** A map of a day, of all land ever held; the first brings the base map that the others show again, and the scale bar of all. */
  #map(day, first) {
    const { view, frame } = this;
    const map = make("svg", { viewBox: `0 0 ${WIDTH} ${frame.height}`, "aria-hidden": "true" });
    if (first && view.model.base) map.append(this.#base());
    if (view.model.base) map.append(make("use", { href: "#sheet-base" }));
    const flat = make("g", { transform: frame.transform });
    map.append(flat);
    view.territories[view.definitionIndex].forEach((territory) => {
      const held = territory.held(day);
      flat.append(make("path", { class: `held ${view.colour(territory.actor)}`, d: territory.outline(held) }));
      const bounds = territory.bounds(held);
      if (!bounds) return;
      const [left, bottom] = frame.at(bounds[0], bounds[1]);
      const [right, top] = frame.at(bounds[2], bounds[3]);
      if (Math.max(right - left, bottom - top) < SMALL) map.append(make("circle", { class: "locator", cx: (left + right) / 2, cy: (top + bottom) / 2, r: SMALL }));
    });
    if (first) {
      const km = roundLength(WIDTH / 4 / frame.perKm);
      map.append(make("path", { class: "sheet-scale", d: `M${WIDTH - 40},${frame.height - 34}h${-km * frame.perKm}` }));
      const label = make("text", { class: "sheet-scale-label", x: WIDTH - 40, y: frame.height - 54, "text-anchor": "end" });
      label.textContent = this.numbers.length(km);
      map.append(label);
    }
    return map;
  }

  #base() {
    const { base } = this.view.model;
    const { grid, centre } = this.plane;
    const group = make("g", { id: "sheet-base", transform: this.frame.transform });
    const layers = { land: "base-land", focus: "sheet-focus", lakes: "base-lakes" };
    for (const [name, className] of Object.entries(layers)) {
      const rings = base[name].map((line) => thin(project(line, grid, centre), 2 * this.frame.unit)).filter((ring) => ring.length >= 6);
      const d = rings.map((ring) => `M${ring.join(" ")}z`).join("");
      group.append(make("path", { class: className, d }));
    }
    const defs = make("defs");
    defs.append(group);
    return defs;
  }

  #areas(days) {
    const { view, text, numbers } = this;
    if (!view.several || view.actor !== null) return this.#table(days);
    const few = days.filter((day, index) => index % Math.ceil(days.length / ACTORS_DAYS) === 0 || day === view.day);
    const section = element("section", "");
    section.append(element("h2", "", text.say("table_actors")), actorTable(view, text, numbers, few, ACTORS));
    return section;
  }

  #table(days) {
    const { view, text, numbers } = this;
    const table = element("table", "sheet-table");
    const told = view.model.story.length > 0;
    const row = (cells, tag) => {
      const made = element("tr", "");
      made.append(...cells.filter((_, column) => told || column !== 1).map((cell) => element(tag, "", cell)));
      return made;
    };
    const steps = new Map(view.model.story.map((step) => [step.day, text.data(step.title)]));
    const heads = ["slider", "story", "sheet_area", "sheet_range", "sheet_peak", "times_great_britain"].map((key) => text.say(key));
    const head = element("thead", "");
    head.append(row(heads, "th"));
    const body = element("tbody", "");
    for (const day of days) {
      const { recorded, certain, possible } = view.area(day);
      const [low, high] = [Math.min(certain, recorded), Math.max(possible, recorded)].map((km2) => numbers.area(km2));
      const range = low === high ? low : text.say("table_low_high", { low, high });
      const britain = numbers.times(recorded, view.model.compare_km2.great_britain).value;
      const cells = [numbers.day.format(view.calendar.date(day)), steps.get(day) ?? "", numbers.area(recorded), range, numbers.share(recorded, view.peak.km2), britain];
      body.append(row(cells, "td"));
    }
    table.append(head, body);
    return table;
  }

  /** Method, publishers with the number of their pages, licence. */
  #sources() {
    const { model, definition } = this.view;
    const { text, numbers } = this;
    const notes = element("section", "sheet-sources");
    notes.append(element("h2", "", text.say("method_title")), element("p", "", text.say(definition.how ? "method" : "method_given")));
    const pages = new Map();
    for (const { publisher } of model.sources) pages.set(publisher, (pages.get(publisher) ?? 0) + 1);
    const named = [...pages].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([publisher, count]) => (count > 1 ? `${publisher} (${numbers.plain.format(count)})` : publisher));
    if (named.length) notes.append(element("h2", "", text.say("sources_title")), element("p", "sheet-publishers", named.join("; ")), element("p", "", text.say("sheet_sources")));
    const data = [model.version && text.say("citation_version", { version: model.version }), model.licence, text.data(model.attribution)];
    notes.append(element("p", "sheet-licence", data.filter(Boolean).join(". ")));
    return notes;
  }
}

function make(tag, attributes = {}) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
