// How long a slot is still kept: by the minute, said aloud once near the end and once when it is over. How much time is
// left comes from the server, so that a wrong clock here says nothing wrong; a phone that slept wakes to what is true.

const claim = document.getElementById("claim");
const shown = claim.querySelector("[data-time-left]");
const told = claim.querySelector("[data-told]");
const end = Date.now() + Number(claim.dataset.secondsLeft) * 1000;
const SOON = 120_000;
let timer;

function tell() {
  clearTimeout(timer);
  const left = end - Date.now();
  if (left <= 0) return tellItIsOver();
  const minutes = Math.ceil(left / 60_000);
  shown.textContent = ` ${minutes > 1 ? claim.dataset.minutes.replace("{n}", minutes) : claim.dataset.minute}`;
  if (left <= SOON && !told.textContent) told.textContent = minutes > 1 ? claim.dataset.soon : claim.dataset.minute;
  // A little after the minute: no timer is to be early.
  timer = setTimeout(tell, (left % 60_000) + 50);
}

function tellItIsOver() {
  const said = shown.parentElement; // Seen; `told` is heard.
  said.textContent = claim.dataset.over;
  said.setAttribute("aria-hidden", "true");
  told.textContent = claim.dataset.over;
  for (const button of document.querySelectorAll("[data-prolong]")) button.hidden = true;
}

document.addEventListener("visibilitychange", () => document.hidden || (shown.isConnected && tell()));
tell();
