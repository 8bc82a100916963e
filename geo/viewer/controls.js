// Buttons and keys that move the date, and the clock that plays. Time runs from left to right in every language, as on a player.

import { neighbour } from "#viewer/timeline.js";
import { element } from "#viewer/text.js";

const SPEEDS = [15, 30, 60, 120, 240];
const ICONS = {
  play: "M4 2.5v11l9.5-5.5z",
  pause: "M4 2.5h3v11H4zM9.5 2.5h3v11h-3z",
  back: "M11 2.5v11L4.5 8z",
  ahead: "M5 2.5v11L11.5 8z",
  last_event: "M13 2.5v11L7.5 8zM3.5 2.5h2v11h-2z",
  next_event: "M3 2.5v11L8.5 8zM10.5 2.5h2v11h-2z",
  zoom: "M2 2h4.5v1.5H3.5v3H2zM9.5 2H14v4.5h-1.5v-3h-3zM2 9.5h1.5v3h3V14H2zM12.5 9.5H14V14H9.5v-1.5h3zM6 6h4v4H6z",
  compare: "M2 3h5v10H2zM9 3h5v10H9zM10.5 4.5v7h2v-7z",
};

export class Controls {
  constructor(view, chart, text, numbers, zoom) {
    this.view = view;
    this.chart = chart;
    this.text = text;
    this.playing = false;
    this.root = element("div", "controls");
    this.play = this.#button("play", () => this.toggle());
    this.play.classList.add("button-play");
    this.compare = this.#button("compare", () => view.set({ pinned: view.pinned === null ? view.day : null }));
    this.compare.setAttribute("aria-pressed", "false");
    this.step = this.#select("step", ["day", "change", "month"].map((unit) => [unit, text.say(`step_${unit}`)]), "change");
    this.speed = this.#select("speed", SPEEDS.map((days) => [String(days), text.say("days_per_second", { days: numbers.plain.format(days) })]), "60");
    const buttons = element("div", "controls-buttons");
    if (view.model.events.length) buttons.append(this.#button("last_event", () => this.#jump(-1)));
    buttons.append(this.#button("back", () => this.move(-1)), this.play, this.#button("ahead", () => this.move(1)));
    if (view.model.events.length) buttons.append(this.#button("next_event", () => this.#jump(1)));
    const choices = element("div", "controls-choices");
    choices.append(this.#button("zoom", zoom), this.compare, this.step.label, this.speed.label);
    this.root.append(buttons, choices);
    chart.root.addEventListener("grab", () => this.stop());
    chart.slider.addEventListener("keydown", (event) => this.#key(event));
  }

  #button(name, act) {
    const button = element("button", "button", undefined, { type: "button", title: this.text.say(name), "aria-label": this.text.say(name) });
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 16 16");
    icon.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[name]);
    icon.append(path);
    button.append(icon);
    button.addEventListener("click", act);
    return button;
  }

  #select(name, options, chosen) {
    const label = element("label", "choice");
    const select = element("select", "");
    for (const [value, text] of options) select.append(element("option", "", text, { value }));
    select.value = chosen;
    label.append(element("span", "choice-name", this.text.say(name)), select);
    return { label, select };
  }

  /** Moves one step of the chosen unit. */
  move(direction, unit = this.step.select.value) {
    this.stop();
    const { view } = this;
    if (unit === "day") view.set({ day: view.day + direction });
    else if (unit === "month") view.set({ day: view.calendar.addMonths(view.day, direction) });
    else view.set({ day: neighbour(view.changes, view.day, direction) ?? view.day });
  }

  #jump(direction) {
    this.stop();
    this.view.set({ day: this.chart.event(this.view.day, direction) ?? this.view.day });
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = {
      ArrowRight: () => this.move(1),
      ArrowUp: () => this.move(1),
      ArrowLeft: () => this.move(-1),
      ArrowDown: () => this.move(-1),
      PageUp: () => this.move(1, "month"),
      PageDown: () => this.move(-1, "month"),
      Home: () => this.view.set({ day: 0 }),
      End: () => this.view.set({ day: this.view.calendar.last }),
      " ": () => this.toggle(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  start() {
    if (this.playing) return;
    const { view } = this;
    if (view.day >= view.calendar.last) view.set({ day: 0 });
    this.#playing(true);
    let day = view.day;
    let before = performance.now();
    const tick = (now) => {
      if (!this.playing) return;
      day += (Math.min(now - before, 100) / 1000) * Number(this.speed.select.value);
      before = now;
      view.set({ day: Math.floor(day) });
      if (day >= view.calendar.last) this.stop();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  stop() {
    if (this.playing) this.#playing(false);
  }

  #playing(playing) {
    this.playing = playing;
    const name = playing ? "pause" : "play";
    this.play.querySelector("path").setAttribute("d", ICONS[name]);
    this.play.title = this.text.say(name);
    this.play.setAttribute("aria-label", this.text.say(name));
    this.root.dispatchEvent(new Event("playing"));
  }

  update() {
    const pinned = this.view.pinned !== null;
    this.compare.setAttribute("aria-pressed", String(pinned));
    this.compare.title = this.text.say(pinned ? "compare_stop" : "compare");
    this.compare.setAttribute("aria-label", this.compare.title);
  }
}
