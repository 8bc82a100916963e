// A card beside the map, and the button that opens it. A part that needs one extends it and says what `toggle` does.

import { element } from "#viewer/text.js";

export class Card {
  /** @param name key of the title, and the last part of the class */
  constructor(name, text) {
    this.text = text;
    this.button = element("button", `menu-button ${name}-open`, text.say(name), { type: "button", "aria-expanded": "false" });
    this.root = element("section", `card card-${name}`, undefined, { "aria-label": text.say(name), hidden: "" });
    const close = element("button", "card-close", "×", { type: "button", title: text.say("close"), "aria-label": text.say("close") });
    this.root.append(close);
    this.button.addEventListener("click", () => this.toggle(this.root.hidden));
    const leave = () => {
      this.toggle(false);
      this.button.focus();
    };
    close.addEventListener("click", leave);
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && leave());
  }

  /** Shows or hides the card. */
  show(open) {
    this.root.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }
}
