// What is shown, in the words of the page's address, so that a link reopens the same moment:
// #datetime=2015-05-21&definition=land&actor=...&baseline=...&compare=...&view=zoom/lat/lon&story=3&play=1&controls=min&lang=ar

const FOR_GOOD = ["controls", "lang"];

export class Hash {
  /**
   * @param parts map, view and controls that the words are about
   * @param moment what to show where the address says nothing
   */
  constructor({ map, view, controls }, moment) {
    Object.assign(this, { map, view, controls });
    this.kept = new Map();
    this.timer = 0;
    this.apply(asked(moment));
    addEventListener("hashchange", () => this.#follow());
    map.on("moveend", () => this.write());
    view.addEventListener("change", () => this.write());
  }

  /** Another language needs another page; all else changes in place. */
  #follow() {
    const wanted = asked("");
    if (wanted.has("lang") && wanted.get("lang") !== this.kept.get("lang")) location.reload();
    else this.apply(wanted);
  }

  /** Applies what the words name and can mean; what they do not name stays. A step of the story counts less than the rest. */
  apply(wanted) {
    if (wanted.has("story")) this.view.set({ step: Number(wanted.get("story")) - 1 });
    const { calendar } = this.view;
    const day = calendar.parse(wanted.get("datetime") ?? "");
    const baseline = calendar.parse(wanted.get("baseline") ?? "");
    const actor = this.view.model.actors.indexOf(wanted.get("actor"));
    this.view.set({
      ...(wanted.has("actor") && this.view.several && { actor: actor < 0 ? null : actor }),
      ...(day !== null && { day }),
      ...(baseline !== null && { baseline }),
      ...(wanted.has("compare") && { pinned: calendar.parse(wanted.get("compare")) }),
      definition: wanted.get("definition") ?? undefined,
    });
    const [zoom, lat, lon] = (wanted.get("view") ?? "").split("/").map(Number);
    if (zoom > 0 && [lat, lon].every(Number.isFinite) && Math.abs(lat) <= 85) this.map.setView([lat, lon], zoom, { animate: false });
    for (const name of FOR_GOOD) if (wanted.has(name)) this.kept.set(name, wanted.get(name));
    this.map.getContainer().classList.toggle("controls-min", this.kept.get("controls") === "min");
    if (wanted.get("play") === "1" && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.controls.start();
    if (wanted.get("play") === "0") this.controls.stop();
  }

  /** Writes the address a moment after the last change; where a page may not (a sandbox), it stays as it is. */
  write() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      try {
        history.replaceState(history.state, "", this.address());
      } catch {
        /* an embedded page without an address of its own */
      }
    }, 250);
  }

  /** Address of what is shown now, with some of its words changed. */
  address(changes = {}) {
    return `${location.href.split("#")[0]}#${this.text(changes)}`;
  }

  /** What is shown now in words; `changes` replaces some of them. */
  text(changes = {}) {
    const { view, map } = this;
    const centre = map.getCenter();
    const words = new Map([["datetime", view.calendar.iso(view.day)]]);
    if (view.model.definitions.length > 1) words.set("definition", view.definition.id);
    if (view.actor !== null) words.set("actor", view.model.actors[view.actor]);
    if (view.baseline !== view.model.baseline) words.set("baseline", view.calendar.iso(view.baseline));
    if (view.pinned !== null) words.set("compare", view.calendar.iso(view.pinned));
    if (view.step !== null) words.set("story", view.step + 1);
    words.set("view", `${+map.getZoom().toFixed(2)}/${centre.lat.toFixed(3)}/${centre.lng.toFixed(3)}`);
    for (const [name, value] of [...this.kept, ...Object.entries(changes)]) words.set(name, value);
    return [...words].map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2F", "/")}`).join("&");
  }
}

/** The words of the address, and those of `moment` where the address does not have them. */
export function asked(moment) {
  return new URLSearchParams(`${location.hash.slice(1)}&${moment}`);
}
