// Notes, plan, visits and appointments: what is typed is kept until it was sent, free times, goals that are added.

const SLOW = 10_000; // ms until a request counts as lost

// -- what is typed is kept in this browser until it was sent ----------------------------------------------

/** Keeps what is typed into the form inside it, by the name in `data-keep`. */
class CasewrightKeep extends HTMLElement {
  connectedCallback() {
    this.memory = `casewright:form:${this.dataset.keep}`; // forgotten at the logout, as that of other forms
    this.form = this.querySelector("form");
    if (!this.form || this.ready) return;
    this.ready = true;
    this.restore();
    this.addEventListener("input", () => this.keep());
    this.addEventListener("change", () => this.keep());
    this.addEventListener("cw-sent", () => localStorage.removeItem(this.memory));
    this.addEventListener("click", (event) => {
      if (!event.target.closest("[data-forget]")) return;
      localStorage.removeItem(this.memory);
      location.reload();
    });
  }

  fields() { return [...this.form.elements].filter((field) => field.name && field.type !== "submit" && field.type !== "hidden"); }

  keep() {
    const typed = {};
    for (const field of this.fields()) typed[field.name] = field.type === "checkbox" ? field.checked : field.value;
    if (this.querySelector("[data-changed]")) typed["data-match"] = this.form.dataset.match; // it was written from that state
    localStorage.setItem(this.memory, JSON.stringify(typed));
  }

  restore() {
    const typed = JSON.parse(localStorage.getItem(this.memory) ?? "null");
    if (!typed) return;
    const goals = Object.keys(typed).map((name) => Number(/^goals\.(\d+)\./.exec(name)?.[1] ?? -1));
    while (this.querySelectorAll("[data-goal]").length <= Math.max(...goals)) if (!addGoal(this)) break;
    for (const field of this.fields()) {
      if (!(field.name in typed)) continue;
      if (field.type === "checkbox") field.checked = typed[field.name];
      else field.value = typed[field.name];
    }
    if (typed["data-match"]) this.form.dataset.match = typed["data-match"];
    const note = this.querySelector("[data-kept]");
    if (note) note.hidden = false;
    this.closest("details")?.setAttribute("open", "");
  }
}

customElements.define("cw-keep", CasewrightKeep);

// -- goals of a plan --------------------------------------------------------------------------------------

/** Add an empty goal behind the others; says whether there was a pattern of one. */
function addGoal(place) {
  const pattern = place.querySelector("template[data-goal-pattern]");
  const list = place.querySelector("[data-goals]");
  if (!pattern || !list) return false;
  list.append(pattern.content.cloneNode(true));
  number(list);
  return true;
}

/** Give the goals their numbers, in their legends and in the names of their fields. */
function number(list) {
  [...list.querySelectorAll("[data-goal]")].forEach((goal, place) => {
    goal.querySelector("legend span").textContent = place + 1;
    for (const part of goal.querySelectorAll("[name], [id], [for], [data-fault], [aria-describedby]")) {
      for (const name of ["name", "id", "for", "data-fault", "aria-describedby"]) {
        const old = part.getAttribute(name);
        if (old) part.setAttribute(name, old.replace(/goals([.-])(?:\d+|N)/, `goals$1${place}`));
      }
    }
    goal.querySelector("[data-remove-goal]").hidden = list.querySelectorAll("[data-goal]").length === 1;
  });
}

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-goal]");
  if (add) {
    const form = add.closest("form");
    if (addGoal(form.parentElement)) form.querySelector("[data-goal]:last-child textarea")?.focus();
  }
  const remove = event.target.closest("[data-remove-goal]");
  if (remove) {
    const list = remove.closest("[data-goals]");
    remove.closest("[data-goal]").remove();
    number(list);
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (event.target.closest("[data-print]")) print();
});

// -- what somebody else has changed meanwhile: it is looked at, then one's own may take its place ------------

document.addEventListener("refused", async (event) => {
  const changed = event.target.querySelector?.("[data-changed]");
  if (!changed || event.detail?.status !== 412) return;
  changed.hidden = false;
  try {
    const answer = await fetch(event.target.dataset.command, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(SLOW) });
    if (!answer.ok) return;
    const { state, proposed } = await answer.json();
    changed.dataset.state = state;
    changed.querySelector("a").href = proposed ? `${changed.dataset.changed}?version=${proposed.id}` : changed.dataset.changed;
  } catch {} // without a connection the next try is refused as this one was
}, true);

document.addEventListener("click", (event) => {
  const changed = event.target.closest("[data-changed] a")?.closest("[data-changed]");
  if (!changed?.dataset.state) return;
  const form = changed.closest("form");
  form.dataset.match = `"${changed.dataset.state}"`;
  form.dispatchEvent(new Event("change", { bubbles: true }));
});

// -- free times -------------------------------------------------------------------------------------------

/** Shows for the day that was chosen which times are free, and puts one that is pressed into the field. */
class CasewrightTimes extends HTMLElement {
  connectedCallback() {
    this.at = this.querySelector("[name=at]");
    this.minutes = this.querySelector("[name=minutes]");
    this.box = this.querySelector("[data-times]");
    if (!this.at || this.ready) return;
    this.ready = true;
    this.addEventListener("change", (event) => {
      if (event.target === this.at || event.target === this.minutes) this.look();
    });
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-time]");
      if (!button) return;
      this.at.value = `${this.day}T${button.dataset.time}`;
      this.mark();
    });
    this.look();
  }

  async look() {
    const day = (this.at.value || this.at.min).slice(0, 10);
    if (!day) return;
    try {
      const query = new URLSearchParams({ day, minutes: this.minutes.value || "60" });
      const answer = await fetch(`${this.dataset.address}?${query}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(SLOW) });
      if (!answer.ok) return;
      const found = await answer.json();
      if (day === (this.at.value || this.at.min).slice(0, 10)) this.show(day, found);
    } catch {
      this.box.hidden = true; // without a connection one books without the list; clashes are told then
    }
  }

  show(day, found) {
    this.day = day;
    this.box.hidden = false;
    const taken = told(found.taken).join(", ");
    const which = new Date(`${day}T12:00`).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
    const free = found.times.length ? `Free on ${which}:` : found.worked ? `Nothing is free on ${which}.` : `Nobody works on ${which}.`;
    this.querySelector("[data-said]").textContent = [taken && `Taken: ${taken}.`, free].filter(Boolean).join(" ");
    const buttons = found.times.map((time) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.time = time;
      button.textContent = time;
      return button;
    });
    this.querySelector("[data-free]").replaceChildren(...buttons);
    this.mark();
  }

  mark() {
    for (const button of this.querySelectorAll("[data-time]")) {
      button.setAttribute("aria-pressed", String(this.at.value === `${this.day}T${button.dataset.time}`));
    }
  }
}

/** What is taken, each once: several at the same time are counted. */
function told(taken) {
  const counts = new Map();
  for (const each of taken) {
    const whole = each.from === "00:00" && each.to === "24:00";
    const words = whole ? `${each.what} all day` : `${each.from}–${each.to} ${each.what}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => (count === 1 ? words : `${words} (${count} times)`));
}

customElements.define("cw-times", CasewrightTimes);

// -- the address of one's calendar ------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-feed]");
  if (!button) return;
  button.disabled = true;
  const place = button.closest("[data-feed-place]");
  const said = place.querySelector("[data-feed-said]");
  try {
    const answer = await fetch("/api/v1/week/feed", { method: button.dataset.feed, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(SLOW) });
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status === 204) { location.reload(); return; }
    const { address } = await answer.json();
    const shown = place.querySelector("[data-feed-address]");
    shown.hidden = false;
    const field = shown.querySelector("input");
    field.value = new URL(address, location.href).href;
    field.focus();
    field.select();
    said.textContent = "This address is shown this once. Whoever has it can read it.";
  } catch (error) {
    said.textContent = "That did not work. Nothing was changed; please try again.";
    if (error.message === "401") said.dispatchEvent(new CustomEvent("cw-ended", { bubbles: true, detail: "Nothing was changed." }));
    button.disabled = false;
  }
});

// -- fields that are there for some answers of a choice only -----------------------------------------------

/** Show what `data-only` names of the choice in `data-decides`; what is hidden says nothing, and asks nothing. */
function decide(form) {
  const chosen = form.querySelector("[data-decides]").value;
  for (const part of form.querySelectorAll("[data-only]")) {
    part.hidden = !part.dataset.only.split(" ").includes(chosen);
    for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = part.hidden;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-decides]")) decide(event.target.form);
});
