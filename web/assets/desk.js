// Handing a leaver's work on: some cases at a time, with how far it is, and a report at the end.

const WHY = {
  conflict: "those who could get it know the client",
  sealed: "it is sealed, and none of those who could get it is named",
  hidden: "you may not see it",
};

class HandOn extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-begin]").addEventListener("submit", (event) => { event.preventDefault(); this.begin(); });
  }

  async begin() {
    const form = this.querySelector("[data-begin]");
    const fault = form.querySelector(".fault");
    const button = form.querySelector("button");
    const progress = this.querySelector("[data-progress]");
    fault.hidden = true;
    button.disabled = true;
    progress.hidden = false;
    const done = [];
    let loose = 0;
    try {
      let after = "";
      do {
        const said = await this.send(form.elements.reason.value.trim(), after);
        done.push(...said.done);
        loose += said.loose_tasks;
        after = said.next;
        progress.querySelector("progress").value = done.length;
        progress.querySelector("span").textContent = `${done.length} of ${this.dataset.total} cases`;
      } while (after);
      form.hidden = true;
      this.report(done, loose);
    } catch (error) {
      fault.hidden = false;
      const rest = `${done.length === 1 ? "One case is" : `${done.length} cases are`} done; press the button again for the rest.`;
      fault.textContent = `${error.message} ${rest}`;
      if (error.ended) fault.dispatchEvent(new CustomEvent("cw-ended", { bubbles: true, detail: rest }));
      button.disabled = false;
    }
  }

  async send(reason, after) {
    const body = { reason, after };
    if (this.dataset.to) body.to = this.dataset.to;
    else body.group = this.dataset.group;
    const answer = await fetch(this.dataset.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(60_000),
    }).catch(() => { throw new Error("There is no connection right now."); });
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 401) throw Object.assign(new Error("Your session has ended."), { ended: true });
    if (!answer.ok) throw new Error(said.detail ?? "That did not work.");
    return said;
  }

  report(done, loose) {
    const moved = done.filter((each) => !each.stays);
    const stays = done.filter((each) => each.stays);
    const sum = (what) => moved.reduce((all, each) => all + Number(each[what]), 0);
    const box = this.querySelector("[data-report]");
    const say = (words, tag = "p") => { const line = document.createElement(tag); line.textContent = words; return line; };
    const some = (many, what) => `${many} ${what}${many === 1 ? "" : "s"}`;
    const parts = [some(sum("own"), "case"), some(sum("tasks") + loose, "task"), some(sum("visits"), "visit"), some(sum("appointments"), "appointment")];
    const note = say(`Handed on: ${parts.join(", ")}. ${sum("queued") ? `${some(sum("queued"), "task")} went into a queue.` : ""}`);
    note.className = "note good";
    box.replaceChildren(note);
    const people = new Map();
    for (const each of moved) people.set(each.to_name, (people.get(each.to_name) ?? 0) + 1);
    const list = document.createElement("ul");
    list.className = "rows small";
    for (const [name, many] of people) list.append(say(`${name}: work of ${many} ${many === 1 ? "case" : "cases"}`, "li"));
    for (const each of stays) list.append(say(`${each.number ?? "A case"} stays: ${WHY[each.stays] ?? each.stays}`, "li"));
    box.append(list);
    box.hidden = false;
    this.closest("section").querySelector("h2").textContent = "What was done";
    this.closest("section").querySelector("[data-before] p").hidden = true;
    this.querySelector("[data-way]").hidden = false;
    box.tabIndex = -1;
    box.focus();
  }
}

customElements.define("cw-hand-on", HandOn);
