// The grid of the agenda. The page holds the same as a list, for phones and for whoever has no script; this replaces
// it where there is room, asks every few seconds whether something changed, and leaves navigation to links.
//
// What happens to an RDV is the matter of agenda_moves.js (let go somewhere) and agenda_glance.js (pressed). They talk
// through events of the page: `agenda:dropped` to them, `agenda:hold`, `agenda:release` and `agenda:ask` from them.

const EVERY = 3500;
const WIDE = window.matchMedia("(min-width: 768px)");

const page = document.getElementById("agenda");
const grid = document.getElementById("agenda-grid");
const state = document.getElementById("agenda-state");

const settings = grid && { ...grid.dataset };
const calendars = [...document.querySelectorAll("#agenda-calendars [data-calendar]")].map((item) => ({
  id: item.dataset.calendar,
  title: item.textContent,
}));

let drawn = null; // The calendar library's object, once the grid is there.
let known = { etag: null, events: [] };
let failures = 0;
let held = 0; // While an RDV is being dragged or its warnings are read, the grid stays as it is.

// --- What the server knows ----------------------------------------------------------------------------------------

function feedAddress() {
  const query = new URLSearchParams({ start: settings.date, end: settings.end });
  for (const calendar of calendars) query.append("agenda", calendar.id);
  if (settings.cancelled) query.append("annules", "1");
  return `${settings.feed}?${query}`;
}

async function ask() {
  const answer = await fetch(feedAddress(), {
    cache: "no-store",
    headers: known.etag ? { "If-None-Match": known.etag } : {},
  });
  if (answer.status === 304) return false;
  // Signed out meanwhile, or the calendar is gone: the page itself says which.
  if (answer.redirected || answer.status === 404 || answer.status === 403) {
    window.location.reload();
    return false;
  }
  if (!answer.ok) throw new Error(`The feed answered ${answer.status}`);
  known = { etag: answer.headers.get("ETag"), events: (await answer.json()).events };
  return true;
}

async function refresh() {
  if (document.visibilityState !== "visible" || held > 0) return;
  const isFirst = known.etag === null;
  try {
    if ((await ask()) && held === 0) show(isFirst);
    failures = 0;
    state.textContent = "";
  } catch (error) {
    if (!(error instanceof TypeError) && !String(error).includes("feed answered")) throw error;
    failures += 1;
    if (failures > 1) state.textContent = "La connexion ne répond plus : l'agenda affiché peut avoir changé.";
  }
}

function show(isFirst) {
  const focused = document.activeElement?.dataset?.event;
  if (drawn) drawn.setOption("events", known.events), fitTo(known.events);
  else if (!isFirst && window.htmx) window.htmx.trigger("[data-agenda-read]", "agenda:changed");
  if (focused) requestAnimationFrame(() => focusOn(focused));
}

// What had the focus keeps it where the library draws it anew.
function focusOn(id) {
  if (document.activeElement === document.body) grid.querySelector(`[data-event="${id}"]`)?.focus();
}

document.addEventListener("agenda:hold", () => (held += 1));
document.addEventListener("agenda:release", () => (held = Math.max(0, held - 1)));
document.addEventListener("agenda:ask", async ({ detail }) => {
  if (detail?.anew) known.etag = ""; // The grid shows what was refused: whatever the answer, draw it.
  await refresh();
  if (detail?.focus) focusOn(detail.focus);
  detail?.then?.();
});

// --- How it is drawn ----------------------------------------------------------------------------------------------

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text; // Never markup: names come from people.
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${settings.sprite}#${name}`);
  svg.append(use);
  return svg;
}

function content({ event, timeText }) {
  const more = event.extendedProps;
  if (event.display === "background") return { domNodes: [element("span", "agenda-background", event.title)] };
  if (!more.hours) return { domNodes: [element("span", "agenda-drawn", timeText)] }; // What is being drawn.
  // A real link: it opens in a new tab, takes the focus and is announced as what it is.
  const box = element(more.url ? "a" : "div", "agenda-event");
  if (more.url) {
    box.href = more.url;
    box.draggable = false; // The library drags the RDV; the browser would drag the address.
    box.dataset.event = event.id;
    box.dataset.glance = more.glance;
  }
  box.setAttribute(more.url ? "aria-label" : "title", more.label);
  const first = element("div", "agenda-event-first");
  if (more.icon) first.append(icon(more.icon));
  first.append(element("span", "agenda-event-who", event.title));
  box.append(first);
  box.append(element("div", "agenda-event-more", [more.hours.split(" – ")[0], more.motif].filter(Boolean).join(" · ")));
  if (more.status) box.append(element("div", "agenda-event-more", [more.status, more.place].join(" · ")));
  return { domNodes: [box] };
}

function hint({ event, el }) {
  const text = event.display === "background" ? event.title : event.extendedProps.label;
  if (text) el.title = text;
}

// An empty place leads to the form, with its time: a press to that quarter of an hour, a drag to what was drawn.
const QUARTER = 15;

function placeAt(from, until, resource) {
  const query = new URLSearchParams({ agenda: resource?.id ?? calendars[0].id, jour: from.slice(0, 10) });
  query.set("debut", from.slice(11, 16));
  if (until) query.set("fin", until.slice(0, 10) === from.slice(0, 10) ? until.slice(11, 16) : "24:00");
  query.set("next", window.location.pathname + window.location.search);
  window.location.assign(`${settings.place}?${query}`);
}

const rounded = (moment, round) => {
  const total = round(minutes(moment) / QUARTER) * QUARTER;
  return `${moment.slice(0, 11)}${clock(Math.min(total, 24 * 60 - QUARTER))}`;
};

const pressed = ({ dateStr, resource }) => placeAt(rounded(dateStr, Math.floor), "", resource);
const drawnOver = ({ startStr, endStr, resource }) => {
  const from = rounded(startStr, Math.floor);
  const isMidnight = endStr.slice(0, 10) !== startStr.slice(0, 10);
  placeAt(from, isMidnight || rounded(endStr, Math.round) <= from ? endStr : rounded(endStr, Math.round), resource);
};

function dropped({ event, oldResource, newResource, revert }) {
  const fields = { debut: written(event.start) };
  if (newResource) Object.assign(fields, { de: oldResource.id, vers: newResource.id });
  letGo(event, fields, revert);
}

const stretched = ({ event, revert }) => letGo(event, { fin: written(event.end) }, revert);

function letGo(event, fields, revert) {
  const { drag, sequence } = event.extendedProps;
  document.dispatchEvent(
    new CustomEvent("agenda:dropped", { detail: { id: event.id, url: drag, fields: { ...fields, sequence }, revert } }),
  );
}

// The library's dates know no zone: their local parts are what the clocks of the organization show.
function written(date) {
  const two = (number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:00`;
}

const holds = () => document.dispatchEvent(new CustomEvent("agenda:hold"));
const releases = () => document.dispatchEvent(new CustomEvent("agenda:release"));

// From 8 h to 19 h and the open weekdays, or as much more as there is something to see.
function frame(events) {
  let from = 8 * 60;
  let until = 19 * 60;
  const days = new Set(settings.openWeekdays.split(",").filter(Boolean).map((day) => (Number(day) + 1) % 7));
  for (const { start, end, classNames } of events) {
    if (classNames.includes("is-closed") || classNames.includes("is-unavailability")) continue;
    const isOneDay = start.slice(0, 10) === end.slice(0, 10);
    from = Math.min(from, minutes(start));
    until = Math.max(until, isOneDay ? minutes(end) : 24 * 60);
    days.add(new Date(`${start.slice(0, 10)}T12:00:00Z`).getUTCDay());
  }
  const hidden = hiddenDays(days);
  return {
    slotMinTime: clock(Math.floor(from / 60) * 60),
    slotMaxTime: clock(Math.ceil(until / 60) * 60),
    hiddenDays: settings.view === "jour" || hidden.length === 7 ? [] : hidden,
  };
}

// Week-ends always, never, or where there is something to see. The number of RDVs that this hides stands above.
function hiddenDays(used) {
  if (settings.weekends === "oui") return [];
  const isShown = (day) => (settings.weekends === "non" ? day !== 0 && day !== 6 : used.has(day));
  return [0, 1, 2, 3, 4, 5, 6].filter((day) => !isShown(day));
}

const minutes = (moment) => Number(moment.slice(11, 13)) * 60 + Number(moment.slice(14, 16));
const clock = (total) => `${String(Math.floor(total / 60)).padStart(2, "0")}:${String(total % 60).padStart(2, "0")}:00`;

let framed = "";

function fitTo(events) {
  const fit = frame(events);
  if (JSON.stringify(fit) === framed) return;
  framed = JSON.stringify(fit);
  for (const [name, value] of Object.entries(fit)) drawn.setOption(name, value);
}

// Columns share the width; only where they would be too narrow to read do they get a width, and the grid scrolls.
function columnWidth(days) {
  const narrowest = days === 1 ? 130 : 70;
  return grid.clientWidth - 60 < days * calendars.length * narrowest ? `${narrowest}px` : undefined;
}

// The library calls its boxes a table, which they are not to a screen reader: links that say day and hour remain.
const OF_A_TABLE = ["role", "aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount", "aria-colspan"];

function leaveLinks() {
  for (const name of OF_A_TABLE) {
    for (const box of grid.querySelectorAll(`[${name}]`)) box.removeAttribute(name);
  }
}

function draw() {
  const isDay = settings.view === "jour";
  const view = `${calendars.length > 1 ? "resourceTimeGrid" : "timeGrid"}${isDay ? "Day" : "Week"}`;
  const fit = frame(known.events);
  framed = JSON.stringify(fit);
  drawn = EventCalendar.create(grid, {
    view,
    date: settings.date,
    timeZone: settings.utcOffset,
    locale: "fr-FR",
    firstDay: 1,
    resources: calendars,
    datesAboveResources: true,
    columnWidth: columnWidth(isDay ? 1 : 7 - fit.hiddenDays.length),
    events: known.events,
    ...fit,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    nowIndicator: true,
    slotDuration: "00:30",
    // Ten minutes are one line of text.
    slotHeight: 56,
    // RDVs have lengths of every kind: five minutes are the step of a hand.
    snapDuration: "00:05",
    slotEventOverlap: false,
    editable: false, // Each RDV says itself whether it may be moved or stretched.
    selectable: true,
    selectMinDistance: 8,
    unselectAuto: true,
    eventDragMinDistance: 6,
    eventDragStart: holds,
    eventDragStop: releases,
    eventResizeStart: holds,
    eventResizeStop: releases,
    eventDrop: dropped,
    eventResize: stretched,
    select: drawnOver,
    height: "auto",
    dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" },
    slotLabelFormat: (date) => `${date.getHours()} h`,
    eventContent: content,
    eventDidMount: hint,
    dateClick: pressed,
    noEventsContent: "",
  });
}

// The grid where it fits and was not declined; else the list of the page.
function arrange() {
  const wanted = WIDE.matches && page.dataset.layout === "grid" && known.etag !== null;
  if (wanted && !drawn) {
    grid.hidden = false;
    draw();
  } else if (!wanted && drawn) {
    EventCalendar.destroy(drawn);
    drawn = null;
    grid.hidden = true;
  }
  page.toggleAttribute("data-drawn", wanted);
}

// --- Without a mouse ------------------------------------------------------------------------------------------------

// Arrows go from RDV to RDV as they stand on the screen: up and down in time, left and right from column to column.
const TOWARDS = {
  ArrowDown: (from, to) => (to.top > from.top ? to.top - from.top + 4 * Math.abs(to.left - from.left) : Infinity),
  ArrowUp: (from, to) => (to.top < from.top ? from.top - to.top + 4 * Math.abs(to.left - from.left) : Infinity),
  ArrowRight: (from, to) => (to.left > from.left + 4 ? to.left - from.left + Math.abs(to.top - from.top) : Infinity),
  ArrowLeft: (from, to) => (to.left < from.left - 4 ? from.left - to.left + Math.abs(to.top - from.top) : Infinity),
};

function walk(event) {
  const from = event.target.closest("a.agenda-event");
  const far = TOWARDS[event.key];
  if (!from || !far || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const box = (link) => link.closest(".ec-event").getBoundingClientRect();
  const others = [...grid.querySelectorAll("a.agenda-event")].filter((link) => link !== from);
  const ranked = others.map((link) => [far(box(from), box(link)), link]).filter(([distance]) => distance < Infinity);
  ranked.sort(([one], [other]) => one - other);
  ranked[0]?.[1].focus();
}

// ------------------------------------------------------------------------------------------------------------------

// A phone starts with one day; « Semaine » is a press away.
const asked = new URLSearchParams(window.location.search);
if (grid && !WIDE.matches && !asked.has("vue")) {
  asked.set("vue", "jour");
  window.location.replace(`?${asked}`);
} else if (grid) {
  new MutationObserver(leaveLinks).observe(grid, { childList: true, subtree: true });
  await refresh();
  arrange();
  WIDE.addEventListener("change", arrange);
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, EVERY);
  grid.addEventListener("keydown", walk);
}
