// What every page gets beyond HTML. Each piece only shortens a way that also works without it.

// After a refused form, reading starts at the summary; its links lead into the fields.
function focusErrorSummary(root) {
  const summary = root.querySelector("[data-error-summary]");
  if (summary) summary.focus();
}

document.addEventListener("DOMContentLoaded", () => focusErrorSummary(document));
document.addEventListener("htmx:afterSettle", (event) => focusErrorSummary(event.target));

// A link or button that is swapped away with the list it stands in takes the focus with it. htmx gives it to the one that
// comes back under the same id; where none does (the last page has no next one), it goes to the list.
let isFocusLeaving = false;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // Lists that renew themselves take nothing.
  const isPressed = ["click", "submit"].includes(detail.requestConfig.triggeringEvent?.type);
  isFocusLeaving = isPressed && detail.target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const list = isFocusLeaving && document.activeElement === document.body && document.getElementById(detail.target.id);
  if (!list) return;
  isFocusLeaving = false;
  list.tabIndex = -1;
  list.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a[href^='#']");
  if (!link) return;
  const target = document.getElementById(link.hash.slice(1));
  const field = target && (target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea"));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
});

// "/" leads to the search box from anywhere but a place where one types.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const search = document.querySelector("[data-search-shortcut]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// What somebody in a hurry typed before htmx was there to hear it is searched for now.
window.addEventListener("load", () => {
  for (const field of document.querySelectorAll("input[hx-trigger*='search']")) {
    if (field.value !== field.defaultValue) window.htmx?.trigger(field, "search");
  }
});

// A second press while the first is under way does nothing. The button is not `disabled` in this very moment, since a
// disabled button's own name and value would be missing from what is sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get" || form.hasAttribute("data-submit-freely")) return;
  if (form.hasAttribute("aria-busy")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  // Whoever handles the form by script calls preventDefault later in this same event: look afterwards.
  setTimeout(() => {
    if (event.defaultPrevented) return;
    form.setAttribute("aria-busy", "true");
    // Buttons may stand outside their form (form="…"): `elements` holds them all.
    for (const button of form.elements) if (button.type === "submit") button.disabled = true;
  }, 0);
}, true);

// The browser's « back » may bring the page as it was left: its forms are free again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    for (const button of form.elements) if (button.type === "submit") button.disabled = false;
  }
});

// Menus made of <details> close on Escape and on a press elsewhere.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Messages stay until they are put away.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (button) button.closest(".notice").remove();
});
