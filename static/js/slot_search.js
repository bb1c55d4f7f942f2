// On a phone the filters start folded, so that the slots are what one sees. Without this they only stand above.
const box = document.querySelector(".filter-box");
if (box && !("staysOpen" in box.dataset) && matchMedia("(max-width: 991.98px)").matches) box.open = false;
