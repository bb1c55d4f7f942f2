// The grid of the agenda. The page holds the same as a list, for phones and for whoever has no script; this replaces
// it where there is room, asks every few seconds whether something changed, and leaves navigation to links.

const EVERY = 7000;
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
  if (document.visibilityState !== "visible") return;
  const isFirst = known.etag === null;
  try {
    if (await ask()) show(isFirst);
    failures = 0;
    state.textContent = "";
  } catch (error) {
    if (!(error instanceof TypeError) && !String(error).includes("feed answered")) throw error;
    failures += 1;
    if (failures > 1) state.textContent = "La connexion ne répond plus : l'agenda affiché peut avoir changé.";
  }
}

function show(isFirst) {
  if (drawn) drawn.setOption("events", known.events), fitTo(known.events);
  else if (!isFirst && window.htmx) window.htmx.trigger("#agenda-list", "agenda:changed");
}

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

function content({ event }) {
  const more = event.extendedProps;
  if (event.display === "background") return { domNodes: [element("span", "agenda-background", event.title)] };
  // A real link: it opens in a new tab, takes the focus and is announced as what it is.
  const box = element(more.url ? "a" : "div", "agenda-event");
  if (more.url) box.href = more.url;
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

function startHere({ dateStr }) {
  if (!settings.search) return;
  const moment = Number(dateStr.slice(11, 13)) < 12 ? "matin" : "apres-midi";
  const query = new URLSearchParams({ du: dateStr.slice(0, 10), moment });
  window.location.assign(`${settings.search}?${query}`);
}

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
  const hidden = [0, 1, 2, 3, 4, 5, 6].filter((day) => !days.has(day));
  return {
    slotMinTime: clock(Math.floor(from / 60) * 60),
    slotMaxTime: clock(Math.ceil(until / 60) * 60),
    hiddenDays: settings.view === "jour" || hidden.length === 7 ? [] : hidden,
  };
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
    slotEventOverlap: false,
    editable: false,
    eventStartEditable: false,
    eventDurationEditable: false,
    height: "auto",
    dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" },
    slotLabelFormat: (date) => `${date.getHours()} h`,
    eventContent: content,
    eventDidMount: hint,
    dateClick: startHere,
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
}
