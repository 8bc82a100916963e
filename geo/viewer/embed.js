// Lets the page that embeds this one set and follow what is shown, by messages (window.postMessage):
//
//   frame.contentWindow.postMessage({ type: "territory-timeline:set", datetime: "2015-05-21", play: true }, origin)
//
// sets any of datetime, definition, compare (null: nothing), baseline, view ("zoom/lat/lon") and play, in the words of the
// page's address; and from then on every change is reported to the sender:
//
//   { type: "territory-timeline:state", datetime, definition, compare, baseline, view, playing, area_km2 }
//
// Only the parent window is listened to, whatever its origin: all it can do is what a reader can do with a link. What it
// sends is looked at field by field. Reports go to the origin that asked and to no other; a parent without one (a file, a
// sandbox) can only be reached as "*". Nobody who did not ask is told anything.

const SET = "territory-timeline:set";
const STATE = "territory-timeline:state";
const WORDS = ["datetime", "definition", "compare", "baseline", "view"];
const INTERVAL_MS = 100;

export class Embedding {
  /** Listens from the start; what comes before the page is there is kept until `join`. */
  constructor() {
    this.early = [];
    this.origin = null;
    this.timer = null;
    addEventListener("message", (event) => {
      if (event.source === parent && parent !== window && event.data?.type === SET) this.#receive(event);
    });
  }

  /** Connects the parts that messages are about. */
  join({ view, hash, controls }) {
    Object.assign(this, { view, hash, controls });
    view.addEventListener("change", () => this.#report());
    controls.root.addEventListener("playing", () => this.#report());
    this.early.forEach((event) => this.#receive(event));
  }

  #receive(event) {
    if (!this.hash) {
      this.early.push(event);
      return;
    }
    this.origin = event.origin === "null" ? "*" : event.origin;
    const wanted = new URLSearchParams();
    for (const word of WORDS) if (typeof event.data[word] === "string") wanted.set(word, event.data[word]);
    if (event.data.compare === null) wanted.set("compare", "");
    if (typeof event.data.play === "boolean") wanted.set("play", event.data.play ? "1" : "0");
    this.hash.apply(wanted);
    this.#report();
  }

  /** Tells the parent soon, at most every `INTERVAL_MS`, and the last state always. */
  #report() {
    if (this.origin === null || this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      parent.postMessage({ type: STATE, ...this.state() }, this.origin);
    }, INTERVAL_MS);
  }

  state() {
    const { view, hash, controls } = this;
    const words = new URLSearchParams(hash.text());
    return {
      datetime: words.get("datetime"),
      definition: view.definition.id,
      compare: words.get("compare"),
      baseline: view.calendar.iso(view.baseline),
      view: words.get("view"),
      playing: controls.playing,
      area_km2: view.area().recorded,
    };
  }
}
