// The map: base map, territory, labels. Everything vector is one SVG group per pane on the Mercator plane, drawn once
// per change and only transformed when the map zooms.

import { mercator, project } from "#viewer/territory.js";
import { element } from "#viewer/text.js";

const L = globalThis.L;
const HATCH_PX = 7;
const SMALL_PX = 22;

/** The point that plane coordinates count from, in grid units. */
export function centreOf([west, south, east, north], grid) {
  return { x: Math.round((west + east) / 2 / grid), y: Math.round((mercator(south) + mercator(north)) / 2 / grid) };
}

/** A group inside the map that keeps its place on the plane. */
class Drawing {
  constructor(map, pane, zIndex, { grid, centre }, onPlace) {
    map.createPane(pane).style.zIndex = zIndex;
    map.getPane(pane).style.pointerEvents = "none";
    const renderer = L.svg({ pane, padding: 0.5, interactive: false }).addTo(map);
    renderer._container.setAttribute("aria-hidden", "true");
    this.group = renderer._rootGroup;
    const middle = [Math.atan(Math.sinh((-centre.y * grid * Math.PI) / 180)) * (180 / Math.PI), centre.x * grid];
    const place = () => {
      const scale = ((256 * 2 ** map.getZoom()) / 360) * grid;
      const origin = map.project(middle).subtract(map.getPixelOrigin());
      this.group.setAttribute("transform", `translate(${origin.x} ${origin.y}) scale(${scale})`);
      onPlace?.(scale);
    };
    map.on("viewreset zoomend", place);
    place();
  }

  path(className, d = "") {
    const path = L.SVG.create("path");
    path.setAttribute("class", className);
    path.setAttribute("d", d);
    this.group.append(path);
    return path;
  }
}

function pattern(group, id, className) {
  const made = L.SVG.create("pattern");
  made.setAttribute("id", id);
  made.setAttribute("class", className);
  made.setAttribute("patternUnits", "userSpaceOnUse");
  made.setAttribute("width", HATCH_PX);
  made.setAttribute("height", HATCH_PX);
  const stripe = L.SVG.create("rect");
  stripe.setAttribute("width", HATCH_PX / 2.6);
  stripe.setAttribute("height", HATCH_PX);
  made.append(stripe);
  group.before(made);
  return made;
}

/** Land, borders, rivers, lakes and names. */
export function addBaseMap(map, base, plane, language) {
  const drawing = new Drawing(map, "territory-base", 210, plane);
  const text = (lines, close) =>
    lines.map((line) => `M${project(line, plane.grid, plane.centre).join(" ")}${close ? "z" : ""}`).join("");
  drawing.path("base-surroundings", text(base.surroundings, true));
  drawing.path("base-land", text(base.land, true));
  drawing.path("base-focus", text(base.focus, true));
  const over = new Drawing(map, "territory-lines", 420, plane);
  over.path("base-governorates", text(base.governorates, true));
  over.path("base-rivers", text(base.rivers, false));
  over.path("base-lakes", text(base.lakes, true));
  over.path("base-borders", text(base.focus, true));
  addLabels(map, base.labels, language);
}

function addLabels(map, labels, { language, rightToLeft }) {
  const pane = map.createPane("territory-labels");
  pane.style.zIndex = 450;
  pane.style.pointerEvents = "none";
  const items = [...labels]
    .sort((a, b) => a.rank - b.rank)
    .map((label) => {
      const element = document.createElement("span");
      element.className = `map-label map-label-${label.kind} leaflet-zoom-hide`;
      element.dir = rightToLeft ? "rtl" : "ltr";
      element.textContent = label.names[language] ?? label.name;
      pane.append(element);
      return { ...label, element, width: 0, height: 0 };
    });
  for (const item of items) [item.width, item.height] = [item.element.offsetWidth, item.element.offsetHeight];
  const place = () => {
    const taken = [];
    const most = map.getZoom() < 5.5 ? 1 : map.getZoom() < 6.4 ? 2 : map.getZoom() < 7.6 ? 3 : map.getZoom() < 9.5 ? 4 : 5;
    for (const item of items) {
      const point = map.latLngToLayerPoint([item.lat, item.lon]);
      const area = item.kind === "country" || item.kind === "river";
      const left = area ? point.x - item.width / 2 : rightToLeft ? point.x + 4 - item.width : point.x - 4;
      const box = [left - 4, point.y - item.height / 2 - 1, left + item.width + 4, point.y + item.height / 2 + 1];
      const free = item.rank <= most && taken.every((other) => box[2] < other[0] || other[2] < box[0] || box[3] < other[1] || other[3] < box[1]);
      item.element.hidden = !free;
      if (!free) continue;
      taken.push(box);
      L.DomUtil.setPosition(item.element, L.point(left, point.y - item.height / 2));
    }
  };
  map.on("viewreset zoomend", place);
  place();
}

/** Meridians and parallels, where there is no base map. */
export function addGraticule(map, [west, south, east, north], plane) {
  const drawing = new Drawing(map, "territory-base", 210, plane);
  const span = Math.max(east - west, north - south);
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].find((size) => span / size <= 12) ?? 30;
  const [left, right] = [west - 4 * span, east + 4 * span].map((lon) => Math.round(Math.min(Math.max(lon, -180), 180) / step));
  const [bottom, top] = [south - 4 * span, north + 4 * span].map((lat) => Math.round(Math.min(Math.max(lat, -85), 85) / step));
  const line = (...ends) => `M${project(ends.map((degrees) => Math.round((degrees * step) / plane.grid)), plane.grid, plane.centre).join(" ")}`;
  const lines = [];
  for (let lon = left; lon <= right; lon++) lines.push(line(lon, bottom, lon, top));
  for (let lat = bottom; lat <= top; lat++) lines.push(line(left, lat, right, lat));
  drawing.path("base-graticule", lines.join(""));
  map.getContainer().classList.add("timeline-plain");
}

/** The territory of a date: what is held, what is doubtful, what changed, what was chosen by a click, where an event happened. */
export class TerritoryLayer {
  /** @param colours number of the colour of each actor, in the order in which they are drawn; empty for a single one */
  constructor(map, plane, colours) {
    this.map = map;
    let hatches = [];
    const turn = (scale) => {
      for (const hatch of hatches) hatch.setAttribute("patternTransform", `scale(${1 / scale}) rotate(45)`);
      this.scale = scale;
    };
    const drawing = new Drawing(map, "territory", 410, plane, turn);
    hatches = ["hatch-doubt", "hatch-contested", "hatch-taken"].map((name) => pattern(drawing.group, name, name));
    turn(this.scale);
    const group = () => drawing.group.appendChild(L.SVG.create("g"));
    this.clips = group();
    this.lost = group();
    this.actors = colours.map((colour) => ({ held: drawing.path(`held ${colour}`), doubt: drawing.path(`doubt ${colour}`), colour }));
    this.gained = group();
    this.contested = group();
    this.chosen = drawing.path("chosen");
    this.locator = L.circleMarker([0, 0], { radius: 18, className: "locator", interactive: false, pane: "territory" });
    this.place = L.circleMarker([0, 0], { radius: 11, className: "event-ring", interactive: false, pane: "territory" });
  }

  drawActor(index, held, doubt) {
    this.actors[index].held.setAttribute("d", held);
    this.actors[index].held.removeAttribute("clip-path");
    this.actors[index].doubt.setAttribute("d", doubt);
  }

  /**
   * What changed, in place of what earlier calls drew.
   * @param changes outlines per actor: its land on the earlier and on the later day, and what only one of the days has
   * @param style how land that was gained is drawn: "gained", or "taken" in the colour of its new holder
   * @param contested pairs of outlines of land that overlaps
   */
  drawOver(changes, style, contested) {
    for (const part of [this.clips, this.lost, this.gained, this.contested]) part.replaceChildren();
    changes.forEach(({ index, earlier, later, either }) => {
      const { held, colour } = this.actors[index];
      held.setAttribute("clip-path", this.#clip(`earlier-${index}`, earlier));
      this.#path(style === "taken" ? this.lost : this.gained, `lost ${colour}`, either, this.#clip(`earlier-${index}`, earlier));
      this.#path(this.gained, style === "taken" ? `taken ${colour}` : style, either, this.#clip(`later-${index}`, later));
      if (style === "taken") this.#path(this.gained, "taken-hatch", either, this.#clip(`later-${index}`, later));
    });
    contested.forEach(([one, other], index) => this.#path(this.contested, "contested", one, this.#clip(`contested-${index}`, other)));
  }

  /** A clip path by name, made once between two calls of `drawOver`; returns the reference to it. */
  #clip(name, outline) {
    const id = `territory-${name}`;
    if (![...this.clips.children].some((clip) => clip.id === id)) {
      const clip = this.clips.appendChild(L.SVG.create("clipPath"));
      clip.id = id;
      this.#path(clip, "clip", outline);
    }
    return `url(#${id})`;
  }

  #path(parent, className, d, clip) {
    const path = parent.appendChild(L.SVG.create("path"));
    path.setAttribute("class", className);
    path.setAttribute("d", d);
    if (clip) path.setAttribute("clip-path", clip);
  }

  choose(outline) {
    this.chosen.setAttribute("d", outline);
  }

  /** Rings a territory that is too small to see; `bounds` in degrees, null for none. */
  locate(bounds) {
    const corners = bounds && [
      [bounds[1], bounds[0]],
      [bounds[3], bounds[2]],
    ];
    const size = corners && this.map.latLngToLayerPoint(corners[0]).distanceTo(this.map.latLngToLayerPoint(corners[1]));
    if (!corners || size > SMALL_PX) this.locator.remove();
    else this.locator.setLatLng(L.latLngBounds(corners).getCenter()).addTo(this.map);
  }

  /** Rings the place of an event, or nothing for null. */
  ring(event) {
    if (!event) this.place.remove();
    else this.place.setLatLng([event.lat, event.lon]).addTo(this.map);
  }
}

/** Names the actor below the pointer; `at` gives the actor at a point, undefined for none, and `name` the name. */
export function nameOnHover(map, at, name) {
  const tooltip = L.tooltip({ className: "actor-name", direction: "top", offset: [0, -6] });
  let waiting = null;
  map.on("mousemove", ({ latlng }) => {
    if (waiting === null) {
      requestAnimationFrame(() => {
        const actor = waiting ? at(waiting) : undefined;
        if (actor === undefined) tooltip.remove();
        else tooltip.setLatLng(waiting).setContent(element("span", "", name(actor), { dir: "auto" })).addTo(map);
        waiting = null;
      });
    }
    waiting = latlng;
  });
  map.on("mouseout", () => tooltip.remove());
}
