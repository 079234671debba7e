// My account: what is told once (the secret of a second factor, a new token) is put into the page and nowhere else.

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
    shown(box, "value").value = event.detail.token ?? event.detail.password;
    form.hidden = true;
    box.hidden = false;
    shown(box, "value").select();
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
