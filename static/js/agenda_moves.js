// An RDV let go somewhere else, or stretched: sent, its warnings asked, what was done told, and taken back.
// The server decides everything; what is refused jumps back to where it was.

const page = document.getElementById("agenda");
const dialog = document.getElementById("agenda-warnings");
const list = document.getElementById("agenda-warnings-list");
const done = document.getElementById("agenda-done");
const said = document.getElementById("agenda-done-text");
const undo = document.getElementById("agenda-undo");

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const NO_ANSWER = "La connexion ne répond pas : le rendez-vous reste où il était.";

async function send(url, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? value : [value]) body.append(name, each);
  }
  const token = dialog.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
  const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  if (isJson) return answer.json();
  // Signed out meanwhile, or the RDV or a calendar is gone: the page itself says which.
  window.location.reload();
  return { refused: NO_ANSWER };
}

// Resolves to whether the warnings are confirmed. Escape gives up; the browser gives the focus back.
function ask(warnings) {
  list.replaceChildren(
    ...warnings.map((warning) => {
      const item = document.createElement("li");
      item.textContent = warning;
      return item;
    }),
  );
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirmed"), { once: true });
  });
}

function show(text, { isRefusal = false, takeBack = null } = {}) {
  done.hidden = false;
  done.classList.toggle("is-refusal", isRefusal);
  done.setAttribute("role", isRefusal ? "alert" : "status");
  said.textContent = text;
  undo.hidden = takeBack === null;
  undo.onclick = takeBack;
}

async function settle({ id, url, fields, revert }) {
  tell("agenda:hold");
  page.setAttribute("aria-busy", "true");
  done.hidden = true;
  let answer;
  try {
    answer = await send(url, fields);
    while (answer.warnings) {
      if (!(await ask(answer.warnings))) break;
      answer = await send(url, { ...fields, confirmed: answer.confirmed });
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    answer = { refused: NO_ANSWER };
  }
  if (!answer.done) revert();
  tell("agenda:release");
  // Told once the grid shows it: whoever goes on at once goes on from what there is.
  tell("agenda:ask", {
    anew: !answer.done,
    focus: id,
    then() {
      page.removeAttribute("aria-busy");
      if (answer.refused) show(answer.refused, { isRefusal: true });
      if (answer.done) show(answer.done, { takeBack: answer.undo ? () => takenBack(id, url, answer.undo) : null });
    },
  });
}

function takenBack(id, url, fields) {
  undo.hidden = true;
  settle({ id, url, fields, revert: () => {} });
}

document.addEventListener("agenda:dropped", ({ detail }) => settle(detail));
document.getElementById("agenda-done-close")?.addEventListener("click", () => (done.hidden = true));
