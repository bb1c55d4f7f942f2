// « Les plus proches de moi » : the browser asks the visitor, and the page asks the server with the answer. About a
// kilometre is enough to sort by, and no more is sent.

const form = document.querySelector("[data-nearby]");
const status = form.querySelector("[role=status]");

form.hidden = !("geolocation" in navigator);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  status.textContent = "";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.pres.value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
      form.submit();
    },
    () => {
      status.textContent = status.dataset.refused;
    },
    { timeout: 10000, maximumAge: 600000 },
  );
});
