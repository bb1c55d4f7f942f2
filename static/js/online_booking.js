// Copying and printing: without this script the fields are selected by hand, and the browser's own menu prints.

const SHOWN_FOR = 2500;

for (const button of document.querySelectorAll("[data-copy], [data-print]")) button.hidden = false;

// Said once, in one place, to who does not see the button change.
const told = document.createElement("p");
told.className = "visually-hidden";
told.setAttribute("role", "status");
document.body.append(told);

async function copy(field) {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy"); // Without https, or where the browser asks and is refused.
  }
}

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const isCopied = await copy(document.getElementById(button.dataset.copy));
  button.focus();
  const label = button.querySelector("[data-copy-label]");
  told.textContent = isCopied ? "Copié" : "Le texte est sélectionné : copiez-le avec Ctrl et C.";
  label.textContent = isCopied ? "Copié" : "Ctrl + C";
  setTimeout(() => {
    label.textContent = "Copier";
    told.textContent = "";
  }, SHOWN_FOR);
});

// A field that is only read is copied whole.
document.addEventListener("focusin", (event) => {
  if (event.target.matches(".copy-row input[readonly], .copy-row textarea[readonly]")) event.target.select();
});
