// A press on an RDV, or Enter, shows it at a glance in a dialog, which the server writes. With a key held, and where
// there is no script, the link opens its page.

const dialog = document.getElementById("agenda-glance");
const body = document.getElementById("agenda-glance-body");
let opener = null;

const here = () => encodeURIComponent(window.location.pathname + window.location.search);

async function open(link) {
  opener = { link, id: link.dataset.event };
  const url = `${link.dataset.glance}?next=${here()}`;
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, cache: "no-store" });
  // Gone, or signed out meanwhile: its page says which.
  if (!answer.ok || answer.redirected) return window.location.assign(link.href);
  body.innerHTML = await answer.text(); // Written and escaped by our own server.
  window.htmx.process(body);
  document.dispatchEvent(new CustomEvent("agenda:hold"));
  dialog.showModal();
  place(link);
  body.querySelector("#glance-title")?.focus();
  return undefined;
}

// Beside the RDV where there is room, else under or above it; a phone has it at the bottom (agenda_dialogs.css).
const GAP = 8;

function place(link) {
  const from = (link.closest(".ec-event") || link).getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const within = (at, size, room) => Math.max(GAP, Math.min(at, room - size - GAP));
  let [left, top] = [from.right + GAP, from.top];
  if (left + width > window.innerWidth) left = from.left - GAP - width;
  if (left < GAP) {
    left = from.left + 10 * GAP;
    top = from.bottom + GAP + height > window.innerHeight ? from.top - GAP - height : from.bottom + GAP;
  }
  dialog.style.setProperty("--glance-left", `${within(left, width, window.innerWidth)}px`);
  dialog.style.setProperty("--glance-top", `${within(top, height, window.innerHeight)}px`);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-glance]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !dialog || !window.htmx) return;
  event.preventDefault();
  open(link);
});

dialog?.addEventListener("click", (event) => {
  // The backdrop is the dialog itself.
  if (event.target === dialog || event.target.closest("[data-glance-close]")) dialog.close();
});

dialog?.addEventListener("close", () => {
  body.replaceChildren();
  document.dispatchEvent(new CustomEvent("agenda:release"));
  const again = opener?.link.isConnected ? opener.link : document.querySelector(`[data-event="${opener?.id}"]`);
  again?.focus();
  document.dispatchEvent(new CustomEvent("agenda:ask", { detail: { focus: opener?.id } }));
});

// After an outcome the fragment is another one: the focus stays in it.
body?.addEventListener("htmx:afterSettle", () => body.querySelector("#glance-title")?.focus());
