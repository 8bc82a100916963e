// Date, definition, baseline, pinned date, view and step of the story in the URL hash, so that a link reopens the same moment.

export class Hash {
  constructor(map, view) {
    this.map = map;
    this.view = view;
    this.timer = 0;
    addEventListener("hashchange", () => this.read());
    map.on("moveend", () => this.write());
    view.addEventListener("change", () => this.write());
  }

  read() {
    this.apply(location.hash.slice(1));
  }

  /**
   * Applies what a text such as "datetime=2015-05-21&view=7/35/40" names; what it does not name stays. "story=3" shows the
   * third step of the story; what else is named counts more.
   */
  apply(text) {
    const wanted = new URLSearchParams(text);
    if (wanted.has("story")) this.view.set({ step: Number(wanted.get("story")) - 1 });
    const { calendar } = this.view;
    const day = calendar.parse(wanted.get("datetime") ?? "");
    const baseline = calendar.parse(wanted.get("baseline") ?? "");
    this.view.set({
      ...(day !== null && { day }),
      ...(baseline !== null && { baseline }),
      ...(wanted.has("compare") && { pinned: calendar.parse(wanted.get("compare")) }),
      definition: wanted.get("definition") ?? undefined,
    });
    const [zoom, lat, lon] = (wanted.get("view") ?? "").split("/").map(Number);
    if (zoom > 0 && [lat, lon].every(Number.isFinite) && Math.abs(lat) <= 85) this.map.setView([lat, lon], zoom, { animate: false });
  }

  /** Writes the hash a moment after the last change; where a page may not (a sandbox), it stays as it is. */
  write() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      try {
        history.replaceState(history.state, "", `#${this.text()}`);
      } catch {
        /* an embedded page without an address of its own */
      }
    }, 250);
  }

  text() {
    const { view, map } = this;
    const centre = map.getCenter();
    const parts = [`datetime=${view.calendar.iso(view.day)}`];
    if (view.model.definitions.length > 1) parts.push(`definition=${encodeURIComponent(view.definition.id)}`);
    if (view.baseline !== view.model.baseline) parts.push(`baseline=${view.calendar.iso(view.baseline)}`);
    if (view.pinned !== null) parts.push(`compare=${view.calendar.iso(view.pinned)}`);
    if (view.step !== null) parts.push(`story=${view.step + 1}`);
    return [...parts, `view=${+map.getZoom().toFixed(2)}/${centre.lat.toFixed(3)}/${centre.lng.toFixed(3)}`].join("&");
  }
}
