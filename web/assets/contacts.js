// The page of a new contact: who may be the person is looked up while one types, by what the form says.

const PAUSE = 400; // ms after the last key until it is looked up
const WHO = ["given_name", "family_name", "date_of_birth", "phone", "email"];
const TOLD = [...WHO, "date_of_birth_quality", "language", "interpreter_needed", "phone_type", "phone_safe", "email_safe",
  "may_leave_message", "may_identify_organisation", "safe_times", "referred_by", "need"];

const forms = new WeakMap();

function said(form, names) {
  const found = {};
  for (const name of names) {
    const field = form.elements[name];
    if (!field) continue;
    if (field.type === "checkbox") found[name] = field.checked;
    else if (field.value?.trim()) found[name] = field.value.trim();
  }
  return found;
}

async function send(address, words, headers = {}) {
  return fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(words),
    credentials: "same-origin",
    signal: AbortSignal.timeout(10_000),
  });
}

async function look(form) {
  const place = form.querySelector("[data-found]");
  const words = said(form, WHO);
  const asked = JSON.stringify(words);
  if (forms.get(form) === asked) return;
  forms.set(form, asked);
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await send(form.dataset.likely, words);
    if (forms.get(form) !== asked) return; // something else is asked by now
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text(); // first, so that what is chosen meanwhile counts
    const chosen = form.querySelector("input[name=client]:checked")?.value;
    const before = shown(place);
    place.innerHTML = text;
    const same = chosen !== "" || shown(place) === before; // none of these is said of those who were there
    for (const each of place.querySelectorAll("input[name=client]")) if (same && each.value === chosen) each.checked = true;
    settle(form);
  } catch {
    if (forms.get(form) !== asked) return;
    forms.set(form, "not looked up");
    place.innerHTML = '<p class="note warn">It could not be looked up just now. Please try again in a moment.</p>';
  } finally {
    if ([asked, "not looked up"].includes(forms.get(form))) place.removeAttribute("aria-busy");
  }
}

/** Who is there to be chosen. */
function shown(place) {
  return [...place.querySelectorAll("input[name=client]")].map((each) => each.value).join(" ");
}

/** What the choice means for the rest of the form. */
function settle(form) {
  const chosen = form.querySelector("input[name=client]:checked");
  const none = form.querySelector("select[name=none_of]");
  if (none) none.disabled = !(chosen && chosen.value === "");
}

let soon;
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-likely]");
  if (!form || !WHO.includes(event.target.name)) return;
  clearTimeout(soon);
  soon = setTimeout(() => look(form), PAUSE);
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-likely]");
  if (form && event.target.name === "client") settle(form);
});

document.addEventListener("refused", (event) => {
  if (!event.target.matches?.("form[data-likely]")) return;
  forms.delete(event.target);
  look(event.target);
}, true);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-pass-on]");
  if (!button || button.disabled) return;
  const form = button.closest("form");
  const fault = form.querySelector(".fault");
  button.disabled = true;
  button.dataset.key ??= crypto.randomUUID();
  try {
    const words = { ...said(form, TOLD), team: button.dataset.passOn };
    const answer = await send("/api/v1/contacts/pass-on", words, { "Idempotency-Key": button.dataset.key });
    const told = await answer.json();
    if (answer.status === 401) throw new Error("401");
    if (!answer.ok) throw new Error([told.detail, ...(told.errors ?? []).map((each) => `${each.item.replaceAll("_", " ")} ${each.reason}`)].join(" "));
    location.assign(told.page);
  } catch (error) {
    fault.hidden = false;
    fault.textContent = error.message;
    if (error.message === "401") fault.dispatchEvent(new CustomEvent("cw-ended", { bubbles: true }));
    fault.scrollIntoView({ block: "nearest" });
    delete button.dataset.key;
    button.disabled = false;
  }
});

// a form that is filled in already (from a contact that waited) is looked up at once
function begin() {
  for (const form of document.querySelectorAll("form[data-likely]")) if (!forms.has(form) && Object.keys(said(form, WHO)).length) look(form);
}
new MutationObserver(begin).observe(document.documentElement, { childList: true, subtree: true });
begin();

// a page that waits for something to be done looks again by itself
const waiting = setInterval(() => {
  const place = document.querySelector("[data-look-again]");
  if (place) { clearInterval(waiting); setTimeout(() => location.reload(), Number(place.dataset.lookAgain)); }
}, 500);
setTimeout(() => clearInterval(waiting), 10_000);
