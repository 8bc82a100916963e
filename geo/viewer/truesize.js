// True size: the outline of a familiar country that keeps its size and shape wherever it is dragged.

import { Card } from "#viewer/card.js";
import { element } from "#viewer/text.js";

const L = globalThis.L;

// WGS 84: semi-major axis in metres, squared eccentricity.
const AXIS = 6_378_137;
const E2 = 0.00669437999014;
const E = Math.sqrt(E2);

const RADIANS = Math.PI / 180;
const FARTHEST_LAT = 75;
const KNOB_PX = 66;
const STEP_PX = 16;
const STEP_DEG = 5;

/** Area between the equator and a latitude, on a scale of its own (Snyder, 3-12). */
function zone(sine) {
  return (1 - E2) * (sine / (1 - E2 * sine * sine) + Math.log((1 + E * sine) / (1 - E * sine)) / (2 * E));
}

const POLE = zone(1);
const SPHERE = AXIS * Math.sqrt(POLE / 2);

/** Latitude on the ellipsoid of one on the sphere of the same area (Snyder, 3-18). */
function fromSphere(beta) {
  return (
    beta +
    (E2 / 3 + (31 * E2 ** 2) / 180 + (517 * E2 ** 3) / 5040) * Math.sin(2 * beta) +
    ((23 * E2 ** 2) / 360 + (251 * E2 ** 3) / 3780) * Math.sin(4 * beta) +
    ((761 * E2 ** 3) / 45360) * Math.sin(6 * beta)
  );
}

/**
 * Lays a flat ring on the ellipsoid around a centre: the inverse of the azimuthal equal-area projection (Snyder, Map
 * Projections: A Working Manual, USGS 1395, pages 187 to 190), so that the area is the same everywhere.
 * @param ring east and north of the centre, [x0, y0, x1, y1, ...]; @param unit metres in one of them
 * @param centre [latitude, longitude] in degrees; @param turn degrees clockwise
 * @returns [latitude, longitude] of each point in degrees
 */
export function layDown(ring, unit, [lat, lon], turn) {
  const sine = Math.sin(lat * RADIANS);
  const beta = Math.asin(zone(sine) / POLE);
  const stretch = (AXIS * Math.cos(lat * RADIANS)) / Math.sqrt(1 - E2 * sine * sine) / (SPHERE * Math.cos(beta));
  const [cos, sin] = [Math.cos(turn * RADIANS), Math.sin(turn * RADIANS)];
  return Array.from({ length: ring.length / 2 }, (_, i) => {
    const x = (ring[2 * i] * cos + ring[2 * i + 1] * sin) * unit;
    const y = (ring[2 * i + 1] * cos - ring[2 * i] * sin) * unit;
    const away = Math.hypot(x / stretch, stretch * y);
    if (away === 0) return [lat, lon];
    const arc = 2 * Math.asin(away / (2 * SPHERE));
    const north = Math.asin(Math.cos(arc) * Math.sin(beta) + (stretch * y * Math.sin(arc) * Math.cos(beta)) / away);
    const east = Math.atan2(x * Math.sin(arc), stretch * (away * Math.cos(beta) * Math.cos(arc) - stretch * y * Math.sin(beta) * Math.sin(arc)));
    return [fromSphere(north) / RADIANS, lon + east / RADIANS];
  });
}

export class TrueSize extends Card {
  /** @param look shows an extent of the map */
  constructor(map, view, text, numbers, look) {
    super("truesize", text);
    Object.assign(this, { map, view, numbers, look });
    this.outlines = view.model.outlines.shapes;
    this.unit = view.model.outlines.grid_m;
    this.outline = this.outlines.find(({ id }) => id === "great_britain");
    this.turn = 0;
    const pane = map.createPane("truesize");
    pane.style.zIndex = 460;
    const renderer = L.svg({ pane: "truesize", padding: 0.5 });
    this.shape = L.polygon([], { pane: "truesize", renderer, className: "truesize-shape", interactive: false });
    this.grip = this.#handle("truesize_move", "truesize-grip", { "aria-roledescription": text.say("truesize_handle") });
    this.knob = this.#handle("truesize_turn", "truesize-knob", { role: "slider", "aria-valuemin": "0", "aria-valuemax": "359" });
    this.handles = [this.grip, this.knob];
    this.choice = element("select", "", undefined, { "aria-label": text.say("truesize_outline") });
    for (const { id } of [...this.outlines].reverse()) this.choice.append(element("option", "", text.say(`outline_${id}`), { value: id }));
    this.choice.value = "great_britain";
    this.choice.addEventListener("change", () => this.#choose(this.choice.value));
    this.size = element("span", "truesize-size");
    this.fits = element("p", "truesize-fits");
    const chosen = element("p", "truesize-chosen");
    chosen.append(this.choice, this.size);
    this.root.append(element("h2", "card-title", text.say("truesize")), chosen, this.fits, this.#pad(), element("p", "card-hint", text.say("truesize_hint")));
    this.#listen();
  }

  #handle(name, className, attributes) {
    const label = this.text.say(name);
    return element("button", `truesize-handle ${className} leaflet-zoom-hide`, undefined, { type: "button", title: label, "aria-label": label, ...attributes });
  }

  /** Buttons that move and turn without dragging. */
  #pad() {
    const pad = element("div", "truesize-pad", undefined, { dir: "ltr", role: "group", "aria-label": this.text.say("truesize_move") });
    const acts = [
      ["truesize_left", "←", () => this.move(-STEP_PX, 0)],
      ["truesize_up", "↑", () => this.move(0, -STEP_PX)],
      ["truesize_down", "↓", () => this.move(0, STEP_PX)],
      ["truesize_right", "→", () => this.move(STEP_PX, 0)],
      ["truesize_turn_left", "↺", () => this.rotate(this.turn - STEP_DEG)],
      ["truesize_turn_right", "↻", () => this.rotate(this.turn + STEP_DEG)],
    ];
    for (const [name, sign, act] of acts) {
      const button = element("button", "truesize-button", sign, { type: "button", title: this.text.say(name), "aria-label": this.text.say(name) });
      button.addEventListener("click", act);
      pad.append(button);
    }
    return pad;
  }

  #listen() {
    this.view.addEventListener("change", () => this.#say());
    this.map.on("viewreset zoomend", () => this.#placeHandles());
    const move = (x, y) => this.move(x, y);
    drag(this.grip, move);
    this.shape.on("add", () => drag(this.shape.getElement(), move));
    drag(this.knob, (x, y, event) => {
      const from = this.map.mouseEventToContainerPoint(event).subtract(this.map.latLngToContainerPoint(this.centre));
      this.rotate(Math.atan2(from.x, -from.y) / RADIANS);
    });
    arrows(this.grip, (x, y, fine) => this.move(x * (fine ? 1 : STEP_PX), y * (fine ? 1 : STEP_PX)));
    arrows(this.knob, (x, y, fine) => this.rotate(this.turn + (x - y) * (fine ? 1 : STEP_DEG)));
  }

  toggle(open) {
    this.show(open);
    if (!open) {
      this.shape.remove();
      for (const handle of this.handles) handle.remove();
      return;
    }
    const [west, south, east, north] = this.view.model.extent;
    this.centre ??= L.latLng((south + north) / 2, (west + east) / 2);
    this.shape.addTo(this.map);
    this.map.getPane("truesize").append(...this.handles);
    this.#draw();
    this.#say();
    const seen = this.shape.getBounds().extend([[south, west], [north, east]]);
    this.look([seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()]);
    this.choice.focus();
  }

  #choose(id) {
    this.outline = this.outlines.find((outline) => outline.id === id);
    this.#draw();
    this.#say();
  }

  /** Moves the outline by pixels of the map. */
  move(x, y) {
    const { lat, lng } = this.map.containerPointToLatLng(this.map.latLngToContainerPoint(this.centre).add([x, y]));
    this.centre = L.latLng(Math.min(Math.max(lat, -FARTHEST_LAT), FARTHEST_LAT), lng);
    this.#draw();
  }

  /** Turns the outline to degrees clockwise from north. */
  rotate(degrees) {
    this.turn = ((degrees % 360) + 360) % 360;
    this.#draw();
  }

  #draw() {
    const { outline, centre, turn } = this;
    this.shape.setLatLngs(outline.rings.map((ring) => [layDown(ring, this.unit, [centre.lat, centre.lng], turn)]));
    this.#placeHandles();
  }

  #placeHandles() {
    if (this.root.hidden) return;
    const at = this.map.latLngToLayerPoint(this.centre);
    L.DomUtil.setPosition(this.grip, at);
    L.DomUtil.setPosition(this.knob, at.add([KNOB_PX * Math.sin(this.turn * RADIANS), -KNOB_PX * Math.cos(this.turn * RADIANS)]));
    this.grip.style.setProperty("--turn", `${this.turn}deg`);
    this.knob.setAttribute("aria-valuenow", String(Math.round(this.turn) % 360));
    this.knob.setAttribute("aria-valuetext", `${this.numbers.plain.format(Math.round(this.turn) % 360)}°`);
  }

  /** How many times the outline fits into the territory on the day shown, with the range. */
  #say() {
    if (this.root.hidden) return;
    const { view, text, numbers } = this;
    const { recorded, certain, possible } = view.area();
    const { id, km2 } = this.outline;
    const times = numbers.times(recorded, km2);
    const outline = text.say(`outline_${id}`);
    const day = numbers.shortDay.format(view.calendar.date(view.day));
    const [low, high] = [Math.min(certain, recorded), Math.max(possible, recorded)].map((land) => numbers.times(land, km2).value);
    this.size.textContent = numbers.area(km2);
    const sentence = text.say(times.of ? "truesize_part" : "truesize_fits", { outline, times: times.value, day });
    this.fits.textContent = low === high ? sentence : `${sentence} ${text.say("truesize_range", { low, high })}`;
  }
}

/** Calls `act` with pixels right and down from where the pointer was at the last call, and the event. */
function drag(element, act) {
  L.DomEvent.disableClickPropagation(element);
  let last = null;
  element.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary) return;
    element.setPointerCapture(event.pointerId);
    last = event;
  });
  element.addEventListener("pointermove", (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    act(event.clientX - last.clientX, event.clientY - last.clientY, event);
    last = event;
  });
}

/** Calls `act` with the direction of an arrow key, and whether Shift asks for a fine step. */
function arrows(element, act) {
  element.addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!direction) return;
    event.preventDefault();
    event.stopPropagation();
    act(...direction, event.shiftKey);
  });
}
