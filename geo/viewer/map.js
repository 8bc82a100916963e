// The map: base map, territory, labels. Everything vector is one SVG group per pane on the Mercator plane, drawn once
// per change and only transformed when the map zooms.

import { mercator, project } from "#viewer/territory.js";

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

/** The territory of a date: what is held, what is doubtful, what was chosen by a click, where an event happened. */
export class TerritoryLayer {
  constructor(map, plane, actors) {
    this.map = map;
    let hatches = [];
    const drawing = new Drawing(map, "territory", 410, plane, (scale) => {
      for (const hatch of hatches) hatch.setAttribute("patternTransform", `scale(${1 / scale}) rotate(45)`);
      this.scale = scale;
    });
    hatches = [pattern(drawing.group, "hatch-doubt", "hatch-doubt")];
    hatches[0].setAttribute("patternTransform", `scale(${1 / this.scale}) rotate(45)`);
    this.actors = actors.map((_, index) => ({
      held: drawing.path(`held actor-${index}`),
      doubt: drawing.path("doubt"),
    }));
    this.gained = drawing.path("gained");
    this.lost = drawing.path("lost");
    this.chosen = drawing.path("chosen");
    this.locator = L.circleMarker([0, 0], { radius: 18, className: "locator", interactive: false, pane: "territory" });
    this.place = L.circleMarker([0, 0], { radius: 11, className: "event-ring", interactive: false, pane: "territory" });
  }

  drawActor(index, held, doubt) {
    this.actors[index].held.setAttribute("d", held);
    this.actors[index].doubt.setAttribute("d", doubt);
  }

  drawChange(gained, lost) {
    this.gained.setAttribute("d", gained);
    this.lost.setAttribute("d", lost);
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
