// What a screen reader is told: the slider's value, and what the other buttons did; nothing while it plays.

import { element } from "#viewer/text.js";

const REST_MS = 600;

export class Live {
  constructor({ view, controls, chart, text, numbers }) {
    Object.assign(this, { view, controls, chart, text, numbers });
    this.root = element("p", "unseen", "", { role: "status" });
    this.timer = setTimeout(() => this.#value());
    view.addEventListener("change", () => this.#update());
    controls.root.addEventListener("playing", () => this.#update());
  }

  #update() {
    clearTimeout(this.timer);
    if (this.controls.playing) return;
    const value = this.#value();
    this.timer = setTimeout(() => {
      if (document.activeElement !== this.chart.slider) this.root.textContent = value;
    }, REST_MS);
  }

  /** Sets and returns the slider's value in words. */
  #value() {
    const { view, numbers } = this;
    const day = numbers.day.format(view.calendar.date(view.day));
    const km2 = view.area().recorded;
    const value = this.text.say("slider_value", { day, area: numbers.spokenArea.format(km2), share: numbers.spokenShare(km2, view.peak.km2) });
    this.chart.slider.setAttribute("aria-valuenow", String(view.day));
    this.chart.slider.setAttribute("aria-valuetext", value);
    return value;
  }
}
