// A field that narrows a list of boxes while one types: data-choice-filter names the list, whose boxes are data-choice.
// What is checked stays in sight. Without this, the list is whole, or a button beside the field asks the server.
function plain(text) {
  const lowered = text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
  return lowered.replaceAll("œ", "oe").replaceAll("æ", "ae"); // As people type them.
}

for (const filter of document.querySelectorAll("[data-choice-filter]")) {
  const list = document.querySelector(filter.dataset.choiceFilter);
  const boxes = [...list.querySelectorAll("[data-choice]")];
  const none = list.querySelector("[data-choice-none]");
  const narrow = () => {
    const words = plain(filter.value).split(/\s+/).filter(Boolean);
    for (const box of boxes) {
      const text = plain(box.textContent);
      box.hidden = !box.querySelector(":checked") && !words.every((word) => text.includes(word));
    }
    if (none) none.hidden = boxes.some((box) => !box.hidden) || boxes.length === 0;
  };
  filter.parentElement.hidden = false;
  filter.parentElement.querySelector("[data-choice-filter-button]")?.remove();
  filter.addEventListener("input", narrow);
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
