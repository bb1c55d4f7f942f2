// One box that ticks all the others of its name on the page. Without a script it stays hidden.

function boxesOf(master) {
  return [...document.querySelectorAll(`input[type="checkbox"][name="${master.dataset.checks}"]`)];
}

function show(root) {
  for (const master of root.querySelectorAll("[data-checks]")) master.hidden = false;
}

document.addEventListener("DOMContentLoaded", () => show(document));
document.addEventListener("htmx:load", (event) => show(event.target));

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-checks]")) {
    for (const box of boxesOf(target)) box.checked = target.checked;
    return;
  }
  const master = document.querySelector(`[data-checks="${CSS.escape(target.name || "")}"]`);
  if (!master) return;
  const boxes = boxesOf(master);
  master.checked = boxes.every((box) => box.checked);
  master.indeterminate = !master.checked && boxes.some((box) => box.checked);
});
