// What is told once (a password, a token, the secret of a second factor or of a webhook) is put into the page and nowhere
// else; and what came of trying a webhook.

const shown = (root, name) => root.querySelector(`[data-shown=${name}]`);

document.addEventListener("done", (event) => {
  const form = event.target;
  const card = form.closest("section");
  if (form.matches("[data-begin-factor]")) {
    shown(card, "picture").src = event.detail.picture;
    shown(card, "secret").textContent = event.detail.secret.replace(/(.{4})/g, "$1 ").trim();
    form.hidden = true;
    const next = card.querySelector("[data-enrol]");
    next.hidden = false;
    next.querySelector("input").focus();
  }
  if (form.matches("[data-told-once]")) {
    const box = card.querySelector("[data-once]");
    shown(box, "value").value = event.detail.token ?? event.detail.password ?? event.detail.secret;
    form.hidden = true;
    box.hidden = false;
    shown(box, "value").select();
  }
  if (form.matches("[data-tried]")) {
    const { told, answer, error } = event.detail;
    const words = form.querySelector("[data-outcome]");
    words.textContent = told ? `It answered with ${answer}: it has heard the test.` : `It has not heard the test: ${error}.`;
    words.className = `note ${told ? "good" : "danger"}`;
    words.hidden = false;
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = button.parentElement.querySelector("[data-shown=value]");
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Please copy it by hand";
  }
});
