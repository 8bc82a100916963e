// The area over time. Dragging on it moves the date; headline events are ticks below the curve.

import { neighbour } from "#viewer/timeline.js";
import { element } from "#viewer/text.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = { left: 14, right: 14, top: 16, bottom: 34 };
const TICK_TOP = 5;
const BANDS = 8;

export class Chart {
  constructor(view, text, numbers) {
    this.view = view;
    this.text = text;
    this.numbers = numbers;
    this.root = element("div", "chart");
    this.svg = this.#make("svg", { class: "chart-curve", "aria-hidden": "true", direction: "ltr" });
    this.slider = element("div", "chart-slider", undefined, { role: "slider", tabindex: "0", "aria-label": text.say("slider"), "aria-valuemin": "0", "aria-valuemax": String(view.calendar.last), "aria-orientation": "horizontal" });
    this.note = element("div", "chart-note", undefined, { "aria-hidden": "true", hidden: "" });
    this.events = this.#eventStrip();
    this.root.append(this.svg, this.slider, this.events, this.note);
    this.#drag();
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  #make(tag, attributes, parent) {
    const made = document.createElementNS(NAMESPACE, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    parent?.append(made);
    return made;
  }

  /** Marks of the events in a strip that takes the pointer to the nearest: a mark alone is too small to hit. */
  #eventStrip() {
    const { events } = this.view.model;
    const strip = element("div", "chart-events", undefined, { "aria-hidden": "true" });
    this.marks = events.map((event) => element("i", `chart-event chart-event-${/^[a-z]+$/.test(event.kind) ? event.kind : "other"}`));
    strip.append(...this.marks);
    const nearest = ({ clientX }) => {
      const x = clientX - this.root.getBoundingClientRect().left;
      return events.reduce((best, event) => (Math.abs(this.x(event.day) - x) < Math.abs(this.x(best.day) - x) ? event : best));
    };
    const show = (pointer) => {
      const event = nearest(pointer);
      const day = this.numbers.day.format(this.view.calendar.date(event.day));
      this.#say(this.text.say("event", { day, title: this.text.data(event.title) }), this.x(event.day));
    };
    strip.addEventListener("pointermove", show);
    strip.addEventListener("pointerleave", () => (this.note.hidden = true));
    strip.addEventListener("click", (pointer) => {
      show(pointer);
      this.view.set({ day: nearest(pointer).day });
    });
    return strip;
  }

  #say(label, x) {
    this.note.textContent = label;
    this.note.hidden = false;
    const half = this.note.offsetWidth / 2;
    this.note.style.left = `${Math.min(Math.max(x, half + 4), this.width - half - 4)}px`;
  }

  #drag() {
    const move = (event) => {
      const box = this.root.getBoundingClientRect();
      const share = (event.clientX - box.left - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
      this.view.set({ day: Math.round(share * this.view.calendar.last) });
    };
    this.slider.addEventListener("pointerdown", (event) => {
      this.slider.setPointerCapture(event.pointerId);
      this.root.dispatchEvent(new CustomEvent("grab", { bubbles: true }));
      move(event);
    });
    this.slider.addEventListener("pointermove", (event) => {
      if (this.slider.hasPointerCapture(event.pointerId)) move(event);
    });
  }

  x(day) {
    return MARGIN.left + (day / this.view.calendar.last) * (this.width - MARGIN.left - MARGIN.right);
  }

  y(km2) {
    return this.height - MARGIN.bottom - (km2 / this.top) * (this.height - MARGIN.top - MARGIN.bottom);
  }

  /** Draws everything: after a change of size or definition. */
  draw() {
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    if (!this.width) return;
    const { view, svg } = this;
    this.peak = view.peak;
    this.top = Math.max(...view.changes.map((day) => view.area(day).possible), 1e-9) * 1.04;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.#axes();
    this.root.classList.remove(...[...this.root.classList].filter((name) => name.startsWith("colour-")));
    this.root.classList.add(...[view.colour(view.actor)].filter(Boolean));
    const curve = this.#area((day) => view.area(day).recorded);
    const clip = this.#make("clipPath", { id: "chart-past" }, svg);
    this.past = this.#make("rect", { x: 0, y: 0, height: this.height, width: 0 }, clip);
    this.#make("path", { d: this.#area((day) => view.area(day).possible), class: "chart-possible" }, svg);
    this.#make("path", { d: curve, class: "chart-future" }, svg);
    this.root.classList.toggle("chart-all", view.several && view.actor === null);
    if (view.several && view.actor === null) this.#bands();
    else this.#make("path", { d: curve, class: "chart-past", "clip-path": "url(#chart-past)" }, svg);
    this.pin = this.#make("line", { class: "chart-pin", y1: MARGIN.top - 8, y2: this.height - MARGIN.bottom }, svg);
    this.cursor = this.#make("line", { class: "chart-cursor", y1: MARGIN.top - 8, y2: this.height - MARGIN.bottom }, svg);
    this.dot = this.#make("circle", { class: "chart-dot", r: 5 }, svg);
    view.model.events.forEach((event, index) => {
      this.marks[index].style.left = `${this.x(event.day)}px`;
    });
    this.events.style.top = `${this.height - MARGIN.bottom + TICK_TOP}px`;
    this.move();
  }

  #axes() {
    const { view, svg } = this;
    const round = 10 ** Math.floor(Math.log10(this.top));
    const step = [0.2, 0.5, 1, 2, 5].map((factor) => factor * round).find((size) => this.top / size <= 4) ?? this.top;
    for (let km2 = step; km2 < this.top; km2 += step) {
      this.#make("line", { class: "chart-grid", x1: MARGIN.left, x2: this.width - MARGIN.right, y1: this.y(km2), y2: this.y(km2) }, svg);
      const label = this.#make("text", { class: "chart-label", x: this.width - MARGIN.right, y: this.y(km2) - 3, "text-anchor": "end" }, svg);
      label.textContent = this.numbers.area(km2);
    }
    this.#make("line", { class: "chart-axis", x1: MARGIN.left, x2: this.width - MARGIN.right, y1: this.y(0), y2: this.y(0) }, svg);
    const years = view.calendar.years();
    const every = Math.ceil(years.length / Math.max(2, this.width / 54));
    for (const [index, { year, day }] of years.entries()) {
      if (day < 0 || index % every) continue;
      this.#make("line", { class: "chart-axis", x1: this.x(day), x2: this.x(day), y1: this.y(0), y2: this.y(0) + 5 }, svg);
      if (this.x(day) > this.width - 44) continue;
      const label = this.#make("text", { class: "chart-label", x: this.x(day) + 3, y: this.height - 4 }, svg);
      label.textContent = this.numbers.year.format(new Date(Date.UTC(year, 0, 1)));
    }
  }

  /** Area under a curve that stays level between changes. */
  #area(km2Of) {
    const { view } = this;
    const days = view.changes;
    let path = `M${this.x(days[0])},${this.y(0)}`;
    for (const day of days) path += `H${this.x(day).toFixed(1)}V${this.y(km2Of(day)).toFixed(1)}`;
    return `${path}H${this.x(view.calendar.last)}V${this.y(0)}z`;
  }

  /** The greatest actors above one another, the greatest at the bottom; the past in full, the future pale. */
  #bands() {
    const { view, svg } = this;
    const most = view.definition.layers.map(({ actor, curve }) => ({ actor, km2: Math.max(...curve.recorded) }));
    const greatest = most.sort((a, b) => b.km2 - a.km2).slice(0, BANDS);
    const [future, past] = [{ class: "chart-bands-future" }, { "clip-path": "url(#chart-past)" }].map((attributes) => this.#make("g", attributes, svg));
    const upTo = (count) => (day) => greatest.slice(0, count).reduce((sum, { actor }) => sum + view.area(day, actor).recorded, 0);
    for (let count = greatest.length; count > 0; count--) {
      const band = { d: this.#area(upTo(count)), class: `chart-band ${view.colour(greatest[count - 1].actor)}` };
      for (const group of [future, past]) this.#make("path", band, group);
    }
  }

  /** Moves the cursor to the day shown. */
  move() {
    if (!this.width) return;
    const { view } = this;
    const x = this.x(view.day);
    const area = view.area().recorded;
    this.past.setAttribute("width", x);
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, x);
    this.dot.setAttribute("cx", x);
    this.dot.setAttribute("cy", this.y(area));
    this.pin.setAttribute("visibility", view.pinned === null ? "hidden" : "visible");
    if (view.pinned !== null) for (const end of ["x1", "x2"]) this.pin.setAttribute(end, this.x(view.pinned));
    const days = view.model.events.map((event) => event.day);
    this.marks.forEach((mark, index) => mark.classList.toggle("passed", days[index] <= view.day));
  }

  /** Day of the event before or after a day, null at the end. */
  event(day, direction) {
    return neighbour([...new Set(this.view.model.events.map((event) => event.day))], day, direction);
  }
}
