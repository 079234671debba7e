// What pages do by themselves: the theme, commands of buttons, and forms that lose nothing.
// Everything goes through the JSON API; the server decides what is asked, what can't be read, and what counts.

const SLOW = 10_000; // ms until a request counts as lost
const TYPING = 700; // ms after the last key until what was typed is sent
const LOOK = 6_000; // ms between two looks at what others do

// -- messages and commands --------------------------------------------------------------------------------

// there from the beginning: what appears in it is read out
const toasts = document.createElement("div");
toasts.className = "cw-toasts";
toasts.setAttribute("role", "status");
document.body.append(toasts);

function toast(words, tone = "") {
  const said = document.createElement("div");
  said.className = `cw-toast ${tone}`;
  said.textContent = words;
  toasts.append(said);
  setTimeout(() => said.remove(), tone ? 9000 : 5000);
  return said;
}

const DONE = "casewright:done";

/** Go on to a page, which says there what was done here. */
function goOn(address, words) {
  sessionStorage.setItem(DONE, words);
  location.assign(address);
}

const done = sessionStorage.getItem(DONE);
sessionStorage.removeItem(DONE);
if (done) setTimeout(() => toast(done), 150);

class Refused extends Error {
  constructor(status, body) {
    super(body.detail ?? "That did not work. Nothing was changed.");
    this.status = status;
    this.body = body;
  }
}

async function ask(method, address, body, headers = {}, patience = SLOW) {
  const answer = await fetch(address, {
    method,
    headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
    signal: AbortSignal.timeout(patience),
  });
  const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said);
  return said;
}

function explain(error) {
  if (!(error instanceof Refused)) return "There is no connection right now. Nothing was changed; please try again.";
  return error.status === 401 ? "Your session has ended. Please log in again." : error.message;
}

const outside = (error) => error instanceof Refused && error.status === 401;

/** Say in a place that the session has ended, with the way in again: back to this page, or beside it where what was typed is in this page alone. */
function ended(place, more, beside) {
  const way = document.createElement("a");
  way.href = `/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`;
  way.textContent = beside ? "Log in again in a new tab" : "Log in again";
  if (beside) way.target = "_blank";
  const said = document.createElement("span"); // one piece, also where the place lines its parts up
  said.append("Your session has ended. ", way, `. ${more}`);
  place.replaceChildren(said);
}

const PRESS = "What you typed is still here: press the button again when you are back.";

// other scripts of ours hear of it too
document.addEventListener("cw-ended", (event) => ended(event.target, event.detail ?? PRESS, true));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-post]");
  if (!button || button.disabled) return;
  button.disabled = true;
  try {
    const reason = button.dataset.reason && document.querySelector(button.dataset.reason).value.trim();
    await ask("POST", button.dataset.post, reason ? { reason } : {});
    goOn(button.dataset.then ?? location.href, button.dataset.done ?? "Done.");
  } catch (error) {
    const said = toast(explain(error), "danger");
    if (outside(error)) ended(said, "Nothing was changed.", Boolean(button.dataset.reason));
    button.disabled = false;
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-more]");
  if (!button) return;
  const open = button.closest("form").classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
});

// -- the theme, and the menu ------------------------------------------------------------------------------

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-theme-choice]")) return;
  const theme = event.target.value;
  if (theme) localStorage.setItem("casewright:theme", theme);
  else localStorage.removeItem("casewright:theme");
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
});

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".cw-me")) return;
  const choice = event.target.querySelector("[data-theme-choice]");
  if (choice) choice.value = localStorage.getItem("casewright:theme") ?? "";
}, true);

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".cw-me[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  const menu = document.querySelector(".cw-me[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-logout]")) return;
  for (const key of Object.keys(localStorage)) if (key.startsWith("casewright:form:")) localStorage.removeItem(key);
});

// -- what stands in an item -------------------------------------------------------------------------------

const all = (item, what) => [...item.querySelectorAll(what)];
const one = (item, what) => item.querySelector(what);
const picked = (item) => one(item, "input[type=radio]:checked")?.value ?? null;
const refusal = (item) => {
  const code = one(item, "[data-refusal]")?.value;
  return code ? { no_answer: code } : null;
};
const written = (item, what = "[data-value]") => one(item, what)?.value.trim() || null;
/** A comma for a point where it can't be one between thousands; `1,200` is asked back and never read as 1.2. */
const decimal = (text) => (text && /^[+-]?\d+,\d{1,2}$/.test(text) ? text.replace(",", ".") : text);
/** Whether somebody has begun a date and not ended it: the browser keeps such a one to itself. */
const half = (item) => all(item, "input").find((field) => field.validity?.badInput);

/** The file, or the files, that stand in an item. */
const given = (item) => JSON.parse(item.dataset.given ?? "null");
const download = (file) => `/api/v1/files/${encodeURIComponent(file)}`;

const read = {
  yes_no: picked,
  choice: (item) => picked(item) ?? (one(item, "select[data-value]")?.value || null) ?? refusal(item),
  choices(item) {
    const chosen = all(item, "input[data-choice]:checked").map((each) => each.value);
    if (chosen.length) return chosen;
    return one(item, "input[data-none]")?.checked ? [] : refusal(item);
  },
  text: (item) => written(item) ?? refusal(item),
  number: (item) => decimal(written(item)) ?? refusal(item),
  date: (item) => written(item) ?? refusal(item),
  "date and time": (item) => written(item) ?? refusal(item),
  money(item) {
    const amount = decimal(written(item));
    return amount ? { amount, currency: written(item, "[data-currency]") ?? "" } : refusal(item);
  },
  consent(item) {
    const given = picked(item);
    if (!given) return null;
    const more = {};
    for (const part of all(item, "[data-part]")) if (given === "yes" && part.value.trim()) more[part.dataset.part] = part.value.trim();
    return { given, ...more };
  },
  file: (item) => given(item) ?? refusal(item),
  files: (item) => given(item) ?? refusal(item),
  record(item) {
    const chosen = picked(item) ?? written(item);
    if (chosen === "none_suitable") return { none_suitable: written(item, "[data-why]") ?? "" };
    return chosen ?? refusal(item);
  },
};

function check(item, value) {
  for (const radio of all(item, "input[type=radio]")) radio.checked = radio.value === value;
}

function refuse(item, raw) {
  const select = one(item, "[data-refusal]");
  if (select) select.value = raw?.no_answer ?? "";
}

function put(item, what, value) {
  const field = one(item, what);
  if (field) field.value = value ?? "";
}

/** One of several files, as a download with a button that takes it out. */
function fileLine(file) {
  const line = document.createElement("li");
  const link = document.createElement("a");
  link.href = download(file.file);
  link.textContent = file.name ?? "the file";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.dataset.out = file.file;
  button.textContent = "Take it out";
  button.setAttribute("aria-label", `Take it out: ${link.textContent}`);
  line.append(link, " ", button);
  return line;
}

/** What is left in an item when this was pressed; whoever uses a keyboard goes on at the next file. */
function takenOut(item, button) {
  const place = all(item, "[data-out]").indexOf(button);
  const left = (given(item) ?? []).filter((each) => each.file !== button.dataset.out);
  write.files(item, left);
  const buttons = all(item, "[data-out]");
  (buttons[Math.min(place, buttons.length - 1)] ?? one(item, "[data-file]")).focus();
}

const plain = (raw) => (raw !== null && typeof raw === "object" ? null : raw);

const write = {
  yes_no: check,
  choice(item, raw) {
    check(item, plain(raw));
    put(item, "select[data-value]", plain(raw));
    refuse(item, raw);
  },
  choices(item, raw) {
    const chosen = Array.isArray(raw) ? raw : [];
    for (const box of all(item, "input[data-choice]")) box.checked = chosen.includes(box.value);
    const none = one(item, "input[data-none]");
    if (none) none.checked = Array.isArray(raw) && !raw.length;
    refuse(item, Array.isArray(raw) ? null : raw);
  },
  money(item, raw) {
    put(item, "[data-value]", raw?.amount);
    if (raw?.currency) put(item, "[data-currency]", raw.currency);
    refuse(item, raw);
  },
  consent(item, raw) {
    const said = typeof raw === "string" ? { given: raw } : raw ?? {};
    check(item, said.given);
    for (const part of all(item, "[data-part]")) part.value = said[part.dataset.part] ?? "";
  },
  file(item, raw) {
    const there = raw !== null && typeof raw === "object" && "file" in raw;
    if (there) item.dataset.given = JSON.stringify(raw); else delete item.dataset.given;
    one(item, "[data-shown]").hidden = !there;
    one(item, "[data-file]").value = "";
    const link = one(item, "[data-download]");
    link.textContent = there ? raw.name ?? "the file" : "";
    link.href = there ? download(raw.file) : "#";
    refuse(item, there ? null : raw);
  },
  files(item, raw) {
    const there = Array.isArray(raw) && raw.length ? raw : null;
    if (there) item.dataset.given = JSON.stringify(there); else delete item.dataset.given;
    const list = one(item, "[data-shown]");
    list.hidden = !there;
    list.replaceChildren(...(there ?? []).map(fileLine));
    one(item, "[data-file]").value = "";
    refuse(item, there ? null : raw);
  },
  record(item, raw) {
    const none = raw !== null && typeof raw === "object" && "none_suitable" in raw;
    check(item, none ? "none_suitable" : raw);
    put(item, "select[data-value]", none ? "none_suitable" : plain(raw));
    put(item, "[data-why]", none ? raw.none_suitable : "");
    refuse(item, none ? null : raw);
  },
};
const writeText = (item, raw) => {
  put(item, "[data-value]", plain(raw));
  refuse(item, raw);
};

const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

// -- a form -----------------------------------------------------------------------------------------------

class CasewrightForm extends HTMLElement {
  connectedCallback() {
    if (this.items) return;
    this.address = `/api/v1/tasks/${this.dataset.task}`;
    this.memory = `casewright:form:${this.dataset.task}:${this.dataset.who}`;
    this.key = crypto.randomUUID();
    this.items = new Map(all(this, "[data-item]").map((item) => [item.dataset.item, item]));
    this.known = new Map(); // what the server has
    this.rows = new Map(); // the row that holds it
    this.waiting = {}; // answers that act and could not be sent yet
    for (const [name, item] of this.items) {
      const raw = JSON.parse(item.dataset.raw || "null");
      this.put(item, raw);
      this.known.set(name, raw);
      this.rows.set(name, item.dataset.row || null);
    }
    if (this.dataset.open !== "true") return;
    this.remember();
    this.addEventListener("input", (event) => this.changed(event, false));
    this.addEventListener("change", (event) => this.changed(event, true));
    this.addEventListener("click", (event) => this.clicked(event));
    one(this, "form")?.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.back = () => this.sync();
    this.gone = () => this.say("offline");
    addEventListener("online", this.back);
    addEventListener("offline", this.gone);
    this.look = setInterval(() => { if (!document.hidden) this.sync(true); }, LOOK);
    this.sync(true);
  }

  disconnectedCallback() {
    clearInterval(this.look);
    removeEventListener("online", this.back);
    removeEventListener("offline", this.gone);
  }

  raw(item) { return (read[item.dataset.type] ?? read.text)(item); }
  put(item, raw) { (write[item.dataset.type] ?? writeText)(item, raw); }

  /** What was typed and the server does not have, by name. */
  unsent() {
    const found = {};
    for (const [name, item] of this.items) {
      const raw = this.raw(item);
      if (!same(raw, this.known.get(name))) found[name] = raw;
    }
    return found;
  }

  /** Put back what an earlier visit typed and could not send. */
  remember() {
    const kept = JSON.parse(localStorage.getItem(this.memory) ?? "null");
    if (!kept) return;
    for (const [name, raw] of Object.entries(kept.typed)) {
      const item = this.items.get(name);
      if (item) this.put(item, raw);
      if (item && name in kept.rows) this.rows.set(name, kept.rows[name]);
    }
    this.waiting = kept.waiting ?? {};
  }

  keep() {
    const typed = this.unsent();
    if (!Object.keys(typed).length && !Object.keys(this.waiting).length) { localStorage.removeItem(this.memory); return; }
    const rows = Object.fromEntries(Object.keys(typed).map((name) => [name, this.rows.get(name)]));
    localStorage.setItem(this.memory, JSON.stringify({ typed, rows, waiting: this.waiting }));
  }

  changed(event, done) {
    const item = event.target.closest("[data-item]");
    if (!item) return;
    if (event.target.matches("[data-file]")) { if (done) this.give(item, event.target.files); return; }
    this.tidy(item, event.target);
    this.touched = true;
    this.keep();
    clearTimeout(this.soon);
    if (done && half(item)) { this.fault(item, INCOMPLETE); return; }
    if (done && item.dataset.acts === "true" && this.raw(item) !== null) {
      this.act(item.dataset.item, item);
    } else {
      this.say("typing");
      this.soon = setTimeout(() => this.sync(), done ? 50 : TYPING);
    }
  }

  /** Files go to the server at once, one after the other; what comes back is the answer. */
  async give(item, files, address = this.address) {
    const chosen = [...files];
    if (!chosen.length) return;
    this.fault(item, "");
    this.say("typing");
    const faults = [];
    for (const file of chosen) {
      const why = await this.giveOne(item, file, address);
      if (why) faults.push(chosen.length > 1 ? `${file.name}: ${why}` : why);
    }
    if (!faults.length) return;
    one(item, "[data-file]").value = "";
    this.fault(item, faults.join(" "));
    this.say("refused");
  }

  /** Why a file was not taken; nothing where it was. */
  async giveOne(item, file, address) {
    const place = `${address}/files/${encodeURIComponent(item.dataset.item)}?name=${encodeURIComponent(file.name)}`;
    try {
      const sent = await fetch(place, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream", Accept: "application/json" }, credentials: "same-origin" });
      const said = await sent.json().catch(() => ({}));
      if (!sent.ok) throw new Refused(sent.status, said);
      const kept = { file: said.file, name: said.name, size: said.size };
      const others = (item.dataset.type === "files" && given(item)) || [];
      this.put(item, item.dataset.type === "files" ? [...others.filter((each) => each.file !== kept.file), kept] : kept);
      item.dispatchEvent(new Event("change", { bubbles: true }));
      return "";
    } catch (error) {
      const reason = error.body?.errors?.[0]?.reason;
      if (outside(error)) this.say("away");
      return reason ? sentence(reason) : error instanceof Refused ? explain(error) : "There is no connection: the file was not sent. Please choose it again when the connection is back.";
    }
  }

  /** One question has one answer: choosing one kind of it takes the other away. */
  tidy(item, field) {
    if (field.matches("[data-refusal]") && field.value) {
      for (const box of all(item, "input[type=radio], input[type=checkbox]")) box.checked = false;
      put(item, "[data-value]", "");
      if (item.dataset.type.startsWith("file")) { const why = field.value; this.put(item, null); field.value = why; }
    } else if (!field.matches("[data-refusal]")) {
      refuse(item, null);
      if (field.matches("[data-none]") && field.checked) for (const box of all(item, "[data-choice]")) box.checked = false;
      if (field.matches("[data-choice]") && field.checked && one(item, "[data-none]")) one(item, "[data-none]").checked = false;
    }
    const why = one(item, "[data-why-box]");
    if (why) why.hidden = (picked(item) ?? written(item)) !== "none_suitable";
    const terms = one(item, "[data-terms]");
    if (terms) terms.hidden = picked(item) !== "yes";
  }

  /** Send what was typed, hear what others typed. `quiet`: nobody did anything, so the session does not last longer. */
  async sync(quiet = false) {
    if (this.busy) { this.again = true; return; }
    for (const name of Object.keys(this.waiting)) if (this.items.has(name)) await this.act(name, this.items.get(name));
    const typed = this.unsent();
    const based_on = Object.fromEntries(this.rows);
    const headers = quiet && !Object.keys(typed).length ? { "X-Casewright-Quiet": "1" } : {};
    this.busy = true;
    try {
      const said = await ask("PUT", `${this.address}/draft`, { answers: typed, based_on, here: true }, headers);
      for (const [name, row] of Object.entries(said.saved)) {
        this.rows.set(name, row);
        this.known.set(name, typed[name]);
      }
      this.heard(said);
      this.keep();
      if (Object.keys(typed).length) this.touched = true;
      this.say(Object.keys(this.unsent()).length ? "typing" : this.touched ? "saved" : "still", said.at);
    } catch (error) {
      this.keep();
      if (error instanceof Refused && error.status === 409) this.ended(error.message);
      else if (outside(error)) this.say("away");
      else if (error instanceof Refused && error.status < 500) { toast(error.message, "danger"); this.say("refused"); }
      else this.say("offline");
    } finally {
      this.busy = false;
      if (this.again) { this.again = false; this.soon = setTimeout(() => this.sync(), TYPING); }
    }
  }

  /** An answer that acts: it counts as soon as it is given. */
  async act(name, item) {
    const value = this.raw(item);
    const before = this.known.get(name);
    this.waiting[name] = this.waiting[name] ?? crypto.randomUUID();
    this.keep();
    const state = one(item, ".state");
    try {
      const said = await ask("POST", `${this.address}/answers/${encodeURIComponent(name)}`, { value }, { "Idempotency-Key": this.waiting[name] });
      delete this.waiting[name];
      this.known.set(name, value);
      if (said.theirs[name]) this.rows.set(name, said.theirs[name].row);
      this.fault(item, "");
      state.hidden = false;
      state.textContent = `This answer counts since ${clock(said.at)}. ${alerted(item, value, before)}Changing it corrects it.`;
      this.heard(said);
      this.say("saved", said.at);
    } catch (error) {
      if (outside(error)) {
        this.fault(item, "This answer has NOT been passed on: your session has ended. If somebody is in danger, call now. Then log in again: it is sent as soon as you are back on this page.");
        this.say("away");
      } else if (error instanceof Refused && error.status < 500) {
        delete this.waiting[name];
        this.problems(error);
      } else {
        this.fault(item, "This answer has NOT been passed on: there is no connection. If somebody is in danger, call now. It is sent as soon as the connection is back.");
      }
    }
    this.keep();
  }

  /** What the server says of the form: what is asked, what can't be read, what others have typed. */
  heard(said) {
    for (const [name, asked] of Object.entries(said.asked)) {
      const item = this.items.get(name);
      if (item) item.hidden = asked === false;
    }
    for (const [name, theirs] of Object.entries(said.theirs)) this.hear(name, theirs, said.conflicts?.includes(name));
    for (const [name, item] of this.items) {
      if (said.conflicts?.includes(name)) continue;
      const reason = said.problems[name];
      if (!reason) { if (item.dataset.problem) this.fault(item, ""); item.dataset.problem = ""; }
      else if (!item.contains(document.activeElement)) { this.fault(item, sentence(reason)); item.dataset.problem = "1"; }
    }
    if (said.shape !== this.dataset.shape && !Object.keys(this.unsent()).length && !this.sending) { location.reload(); return; }
    this.company(said.others ?? this.others ?? []);
    if (["completed", "cancelled", "failed", "rejected"].includes(said.status)) this.ended("This task has ended meanwhile.");
  }

  hear(name, theirs, conflict) {
    const item = this.items.get(name);
    if (!item) return;
    const typed = !same(this.raw(item), this.known.get(name));
    if (same(this.raw(item), theirs.value)) {
      this.known.set(name, theirs.value);
      this.rows.set(name, theirs.row);
    } else if (!typed) {
      this.put(item, theirs.value);
      this.known.set(name, theirs.value);
      this.rows.set(name, theirs.row);
      if (!theirs.mine) { const state = one(item, ".state"); state.hidden = false; state.textContent = `Typed by ${theirs.by}, ${clock(theirs.at)}.`; }
    } else if (conflict) {
      this.choose(item, name, theirs);
    }
  }

  /** Two people answered the same question: whoever is here says what stands. */
  choose(item, name, theirs) {
    const who = theirs.mine ? "You have answered this in another window" : `${theirs.by} has answered this meanwhile`;
    const box = one(item, ".fault");
    box.hidden = false;
    box.replaceChildren(document.createTextNode(`${who} (${shown(item, theirs.value)}). `));
    for (const [words, mine] of [["Keep mine", true], [theirs.mine ? "Take that one" : "Take theirs", false]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = words;
      button.addEventListener("click", () => {
        this.rows.set(name, theirs.row);
        this.known.set(name, theirs.value);
        if (!mine) this.put(item, theirs.value);
        this.fault(item, "");
        this.sync();
      });
      box.append(button);
    }
  }

  company(others) {
    this.others = others;
    const note = one(this, "[data-others]");
    if (!note) return;
    note.hidden = !others.length;
    one(note, "span").textContent = `${others.join(" and ")} ${others.length === 1 ? "has" : "have"} this task open too. What either of you types appears for the other.`;
  }

  fault(item, words) {
    const box = one(item, ".fault");
    box.hidden = !words;
    box.textContent = words;
    item.classList.toggle("faulty", Boolean(words));
    for (const field of all(item, "input, select, textarea")) {
      if (words) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    }
  }

  problems(error) {
    const errors = error.body.errors ?? [];
    const found = [];
    for (const { item: name, reason } of errors) {
      const item = this.items.get(name) ?? [...this.items].find(([full]) => full.endsWith(`.${name}`))?.[1];
      if (item) { this.fault(item, sentence(reason)); found.push(item); }
    }
    if (!found.length) { toast(error.message, "danger"); return; }
    toast(found.length === 1 ? "One answer has to be looked at again." : `${found.length} answers have to be looked at again.`, "danger");
    found.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    found[0].scrollIntoView({ block: "center" });
    one(found[0], "input, select, textarea")?.focus({ preventScroll: true });
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    const button = one(this, "[data-send]");
    button.disabled = true;
    clearTimeout(this.soon);
    const answers = {};
    const begun = [...this.items.values()].filter((item) => !item.hidden && half(item));
    if (begun.length) {
      for (const item of begun) this.fault(item, INCOMPLETE);
      half(begun[0]).focus();
      button.disabled = false;
      this.sending = false;
      return;
    }
    for (const [name, item] of this.items) {
      this.fault(item, "");
      const raw = this.raw(item);
      if (!item.hidden && raw !== null) answers[name] = raw;
    }
    try {
      await ask("POST", `${this.address}/complete`, { answers }, { "Idempotency-Key": this.key });
      localStorage.removeItem(this.memory);
      clearInterval(this.look);
      location.assign(location.pathname + location.search); // what the inbox was asked for goes along
    } catch (error) {
      this.keep();
      if (error instanceof Refused && error.status === 422) this.problems(error);
      else if (outside(error)) this.say("away");
      else if (error instanceof Refused) toast(error.message, "danger");
      else { this.say("offline"); toast("There is no connection: the form was not sent. What you typed is kept here; please send it again.", "danger"); }
      button.disabled = false;
      this.sending = false;
    }
  }

  clicked(event) {
    const out = event.target.closest("[data-out]");
    if (out) {
      const item = out.closest("[data-item]");
      takenOut(item, out);
      this.changed({ target: item }, true);
    }
    if (event.target.closest("[data-clear]")) {
      const item = event.target.closest("[data-item]");
      this.put(item, null);
      this.changed({ target: item }, true);
    }
  }

  ended(words) {
    clearInterval(this.look);
    const note = one(this, "[data-ended]");
    note.hidden = false;
    one(note, "span").textContent = `${words} What you typed and did not send is kept in this browser.`;
    const button = one(this, "[data-send]");
    if (button) button.disabled = true;
  }

  say(what, at) {
    const line = one(this, ".saved");
    if (!line) return;
    const drafts = [...this.items.values()].some((item) => item.dataset.row && one(item, ".state").hidden);
    const words = {
      still: drafts ? "What was typed before is kept." : "",
      saved: at ? `Saved ${clock(at)}` : "Saved",
      typing: "Saving …",
      refused: "Not saved",
      offline: "No connection. What you type is kept in this browser and sent when the connection is back.",
    };
    if (what !== "away") line.textContent = words[what];
    else if (line.dataset.state !== "away") ended(line, "What you typed is kept in this browser.");
    line.classList.toggle("warn", what === "offline" || what === "away" || what === "refused");
    line.dataset.state = what;
  }
}

/** The time of day at the office. */
function clock(moment) {
  const timeZone = document.querySelector("[data-zone]")?.dataset.zone;
  return new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone });
}

const SAID = { doesnt_know: "“Doesn't know”", prefers_not_to_answer: "“Prefers not to answer”", not_collected: "“Not collected”" };
const INCOMPLETE = "This date is not complete yet: it needs day, month and year.";

const EMPTY = /^(Field required|String should have at least 1 character)/;

/** A reason of the server as a sentence for people: words instead of codes. */
function sentence(reason) {
  if (EMPTY.test(reason)) return "Please fill this in.";
  const words = reason.replace(/\b(doesnt_know|prefers_not_to_answer|not_collected)\b/g, (code) => SAID[code]).replaceAll("`", "");
  return words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
}

/** Who hears of an answer that acts. */
function alerted(item, value, before) {
  const who = item.dataset.tells;
  if (!who) return "";
  if (value === "yes") return `The alert to ${who} is on its way. `;
  return before === "yes" ? "Whoever was alerted is not called off by this: tell them. " : "";
}

/** A value as its item words it. */
function shown(item, raw) {
  const codes = Array.isArray(raw) ? raw.map((each) => each?.name ?? each) : [raw?.given ?? raw?.no_answer ?? raw?.amount ?? raw?.name ?? plain(raw)];
  const titles = codes.map((code) => {
    const field = all(item, "input[type=radio], input[type=checkbox], option").find((each) => each.value === code);
    return (field?.tagName === "OPTION" ? field.textContent : field?.nextElementSibling?.textContent)?.trim() ?? code;
  });
  return titles.join(", ") || "nothing";
}

customElements.define("cw-form", CasewrightForm);

// -- correcting one answer --------------------------------------------------------------------------------

/** One question of a form that was sent. What another answer would change is shown before it is given. */
class CasewrightCorrection extends HTMLElement {
  connectedCallback() {
    if (this.item) return;
    this.item = one(this, "[data-item]");
    this.address = `/api/v1/tasks/${this.dataset.task}/answers/${encodeURIComponent(this.item.dataset.item)}/correction`;
    this.key = crypto.randomUUID();
    this.before = JSON.parse(this.item.dataset.raw || "null");
    this.helper = new CasewrightForm();
    this.helper.put(this.item, this.before);
    this.addEventListener("input", () => this.changed());
    this.addEventListener("click", (event) => {
      const out = event.target.closest("[data-out]");
      if (out) takenOut(this.item, out);
      else if (event.target.closest("[data-clear]")) this.helper.put(this.item, null);
      else return;
      this.changed();
    });
    this.addEventListener("change", (event) => {
      if (event.target.matches("[data-file]")) { this.helper.give(this.item, event.target.files, `/api/v1/tasks/${this.dataset.task}`); return; }
      if (this.item.contains(event.target)) this.helper.tidy(this.item, event.target);
      this.changed();
    });
    one(this, "[data-look]").addEventListener("click", () => this.look());
    one(this, "form").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.changed();
  }

  get said() { return { value: this.helper.raw(this.item), based_on: this.item.dataset.row || null }; }

  /** What was shown is about another answer now. */
  changed() {
    const now = JSON.stringify(this.said.value);
    if (now === this.seen) return;
    this.seen = null;
    one(this, "[data-preview]").hidden = true;
    one(this, "[data-send]").disabled = true;
  }

  async look() {
    const said = this.said;
    this.say("");
    this.helper.fault(this.item, "");
    if (half(this.item)) { this.helper.fault(this.item, INCOMPLETE); return; }
    const button = one(this, "[data-look]");
    button.disabled = true;
    try {
      const found = await ask("POST", `${this.address}/preview`, said);
      this.show(found);
      this.seen = JSON.stringify(said.value);
      one(this, "[data-send]").disabled = !found.changed;
      one(this, "[data-first]").hidden = found.changed;
    } catch (error) { this.refused(error); }
    button.disabled = false;
  }

  show(found) {
    const box = one(this, "[data-preview]");
    const list = one(box, "[data-found]");
    list.replaceChildren();
    const add = (title, lines) => {
      if (!lines.length) return;
      const head = document.createElement("h3");
      head.textContent = title;
      const all = document.createElement("ul");
      for (const line of lines) { const each = document.createElement("li"); each.append(...[line].flat()); all.append(each); }
      list.append(head, all);
    };
    const struck = (tag, words) => { const made = document.createElement(tag); made.textContent = words; return made; };
    if (!found.changed) add("Nothing", ["The answer says this already."]);
    else if (found.held) add("Nothing for now", ["The process is on hold. The correction is taken in when it goes on."]);
    else {
      add("This changes", found.differences.map((each) => [`${each.what}: `, struck("del", each.before), " → ", struck("ins", each.after)]));
      add("People are asked", found.asked);
      add("This is taken back from people", found.withdrawn);
      add("This goes out", found.sent);
      add("This is done again, with the same result", found.again);
      add("This was done and stays", found.stays);
      if (found.cancelled) add("No step is done", ["This process was cancelled: it takes nothing in any more. Where something has to be done now, start a process or do it yourself."]);
      else if (!list.children.length) add("Nothing else", ["Only the answer itself becomes another. No step has read it."]);
      if (found.unfinished) add("And more", ["More follows from this than could be worked out here."]);
    }
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
  }

  async send() {
    const reason = one(this, "[data-reason]");
    if (!reason.value.trim()) { this.say("Please say why: whoever reads the file later has to understand it."); reason.focus(); return; }
    const button = one(this, "[data-send]");
    button.disabled = true;
    try {
      await ask("POST", this.address, { ...this.said, reason: reason.value.trim() }, { "Idempotency-Key": this.key });
      goOn(`/tasks/${this.dataset.task}`, "The answer is corrected.");
    } catch (error) { this.refused(error); button.disabled = false; }
  }

  refused(error) {
    const [problem] = error.body?.errors ?? [];
    if (problem) this.helper.fault(this.item, sentence(problem.reason));
    else if (outside(error)) { this.say("."); ended(one(this, "[data-said]"), PRESS, true); }
    else this.say(sentence(explain(error)));
  }

  say(words) {
    const fault = one(this, "[data-said]");
    fault.hidden = !words;
    fault.textContent = words;
  }
}

customElements.define("cw-correction", CasewrightCorrection);

// -- a form that gives a command --------------------------------------------------------------------------

/** What a form says, as the body of a command: `a.b` is `b` inside of `a`; what is empty is not said. Of boxes with
 *  `data-list` those that are ticked make a list of that name; a field with `data-number` says a number. */
function body(form, button) {
  const said = {};
  for (const field of all(form, "[data-list]")) { // a list that one ticks: what is ticked, by value
    const list = (said[field.dataset.list] ??= []);
    if (field.checked) list.push(field.value);
  }
  for (const field of form.elements) {
    if (field.type === "submit" && field !== button) continue; // a button speaks when it was pressed
    if (!field.name || (field.disabled && field !== button) || (field.type === "radio" && !field.checked)) continue;
    const value = spoken(field);
    if (value === null) continue;
    const parts = field.name.split(".");
    const last = parts.pop();
    const place = parts.reduce((inside, part) => (inside[part] ??= {}), said);
    place[last] = value;
  }
  return listed(said);
}

/** What is numbered (`goals.0.specific`) is a list. */
function listed(said) {
  if (said === null || typeof said !== "object" || Array.isArray(said)) return said;
  const parts = Object.entries(said).map(([name, value]) => [name, listed(value)]);
  const numbered = parts.length && parts.every(([name]) => /^\d+$/.test(name));
  return numbered ? parts.map(([, value]) => value) : Object.fromEntries(parts);
}

function spoken(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.multiple) return [...field.selectedOptions].map((each) => each.value);
  const text = field.value.trim();
  if (!text) return "empty" in field.dataset ? "" : null; // emptying some fields says something
  return field.type === "number" || "number" in field.dataset ? Number(text) : text;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-command]");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter ?? one(form, "button[type=submit]");
  const fault = one(form, ".fault");
  form.dataset.key ??= crypto.randomUUID(); // sent again, it is the same command
  fault.hidden = true;
  const bare = all(form, "[data-several]").find((each) => !one(each, "input:checked"));
  if (bare) { // what a browser does not ask of boxes by itself
    fault.hidden = false;
    const asked = one(bare, "legend").textContent;
    fault.textContent = bare.dataset.several || `${asked}${/[.?:]$/.test(asked) ? "" : ":"} Please tick at least one.`;
    one(bare, "input").focus();
    return;
  }
  button.disabled = true;
  for (const each of all(form, "[data-fault]")) each.hidden = true;
  try {
    const headers = { "Idempotency-Key": form.dataset.key };
    if (form.dataset.match) headers["If-Match"] = form.dataset.match;
    const patience = Number(form.dataset.patience ?? SLOW);
    const said = await ask(form.dataset.method ?? "POST", form.dataset.command, body(form, button), headers, patience);
    form.dispatchEvent(new CustomEvent("cw-sent", { bubbles: true }));
    if ("stays" in form.dataset) { // the page shows what came of it, and may send another
      delete form.dataset.key;
      button.disabled = false;
      form.dispatchEvent(new CustomEvent("done", { bubbles: true, detail: said }));
      return;
    }
    const then = form.dataset.then?.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(said[name] ?? ""));
    goOn(said.page ?? then ?? location.href, button.dataset.done ?? form.dataset.done ?? "Done.");
  } catch (error) {
    if (error instanceof Refused && error.status < 500) delete form.dataset.key;
    fault.hidden = false;
    fault.textContent = error.status === 404 && form.dataset.none ? form.dataset.none : sentence(explain(error));
    if (outside(error)) ended(fault, form.closest("cw-keep") ? "What you typed is kept in this browser." : PRESS, !form.closest("cw-keep"));
    for (const { item, reason } of error.body?.errors ?? []) {
      const place = one(form, `[data-fault="${CSS.escape(item)}"]`);
      if (place) { place.hidden = false; place.textContent = sentence(reason); }
    }
    const first = all(form, "[data-fault]").find((each) => !each.hidden)?.parentElement;
    const field = first && one(first, "input, select, textarea");
    if (field) { field.scrollIntoView({ block: "center" }); field.focus({ preventScroll: true }); } else fault.scrollIntoView({ block: "nearest" });
    form.dispatchEvent(new CustomEvent("refused", { detail: error }));
    button.disabled = false;
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

// -- tabs: on a phone the one that is open is brought into sight ------------------------------------------

class CasewrightTabs extends HTMLElement {
  connectedCallback() {
    const open = this.querySelector("[aria-current]");
    const strip = open?.closest("nav");
    if (strip) strip.scrollLeft = open.offsetLeft - (strip.clientWidth - open.offsetWidth) / 2;
  }
}

customElements.define("cw-tabs", CasewrightTabs);
