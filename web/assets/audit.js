// The audit: comparing all of it with its seals takes a while, so the page says so and then what came of it.

document.addEventListener("done", (event) => {
  const form = event.target;
  if (!form.matches("[data-verify]")) return;
  const said = form.querySelector("[data-found]");
  said.className = `note ${event.detail.sound ? "good" : "danger"}`;
  said.textContent = `${event.detail.words}.`;
  said.hidden = false;
});
