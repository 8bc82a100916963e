// A dialog with a title and a button that closes it, and the button that opens it.

import { element } from "#viewer/text.js";

let count = 0;

/**
 * @param name key of the words for title and button; also a class of both
 * @param fill writes the content into the dialog's body, anew each time it opens
 * @returns the button, and the dialog; both still have to be put somewhere
 */
export function dialogWithButton(name, text, fill) {
  const id = `dialog-title-${(count += 1)}`;
  const dialog = element("dialog", `dialog ${name}`, undefined, { "aria-labelledby": id });
  const head = element("header", "dialog-head");
  const close = element("button", "dialog-close", text.say("close"), { type: "button" });
  close.addEventListener("click", () => dialog.close());
  head.append(element("h2", "dialog-title", text.say(name), { id }), close);
  const body = element("div", "dialog-body");
  dialog.append(head, body);
  const button = element("button", `menu-button ${name}-open`, text.say(name), { type: "button", "aria-haspopup": "dialog" });
  button.addEventListener("click", () => {
    body.replaceChildren();
    fill(body);
    dialog.showModal();
  });
  return { button, dialog };
}
