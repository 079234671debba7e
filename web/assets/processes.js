// A definition that is dropped on the page: its text goes to the server, which says all about it. The files stay
// in this page until it is put forward.

const LARGEST = 512 * 1024; // bytes of one file, as the server takes them
const PATIENCE = 120_000; // ms: scenarios take a while
let files = [];
let number = 0;

const box = (name) => document.querySelector(`[data-${name}]`);

function tell(words, error = null, fault = box("drop-fault"), more = "Drop the file again when you are back.") {
  fault.textContent = words;
  fault.hidden = !words;
  if (error?.ended) fault.dispatchEvent(new CustomEvent("cw-ended", { bubbles: true, detail: more }));
}

async function send(address, body) {
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, text/html" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Error("There is no answer right now. Nothing was put forward; please try again.");
  }
  if (answer.status === 401) throw Object.assign(new Error("Your session has ended. Please log in again."), { ended: true });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail ?? "That did not work. Nothing was put forward.");
  return answer;
}

async function texts(list) {
  const found = [];
  for (const file of list) {
    if (!/\.ya?ml$/i.test(file.name)) throw new Error(`${file.name} is no YAML file: its name ends in .yaml.`);
    if (file.size > LARGEST) throw new Error(`${file.name} is larger than ${LARGEST / 1024} KB.`);
    try {
      found.push({ name: file.name, text: new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()) });
    } catch {
      throw new Error(`${file.name} is not written in UTF-8. Save it as UTF-8 and drop it again.`);
    }
  }
  return found;
}

async function check(list) {
  if (!list.length) return;
  const mine = ++number;
  const result = box("result");
  tell("");
  try {
    const fresh = await texts(list);
    const names = fresh.map((each) => each.name);
    // a scenario dropped after its definition belongs to it; the same file again takes the place of the first
    const definitions = names.filter((name) => !/\.scenario\.ya?ml$/i.test(name));
    files = definitions.length ? fresh : [...files.filter((each) => !names.includes(each.name)), ...fresh];
    result.setAttribute("aria-busy", "true");
    box("working").hidden = false;
    const answer = await send("/proposals/checked", { files });
    const said = await answer.text();
    if (mine !== number) return; // another file was dropped meanwhile
    result.innerHTML = said;
    result.querySelector("h2")?.focus();
  } catch (error) {
    if (mine === number) {
      result.replaceChildren();
      tell(error.message, error);
    }
  } finally {
    if (mine === number) {
      box("working").hidden = true;
      result.removeAttribute("aria-busy");
    }
  }
}

document.addEventListener("change", async (event) => {
  if (!event.target.matches("[data-files]")) return;
  await check([...event.target.files]);
  event.target.value = ""; // the same file can be chosen again, after it was mended
});
document.addEventListener("dragover", (event) => {
  const drop = box("drop");
  if (!drop) return;
  event.preventDefault(); // a file that misses the place must not replace the page
  drop.classList.toggle("over", drop.contains(event.target));
});
document.addEventListener("drop", async (event) => {
  const drop = box("drop");
  if (!drop) return;
  event.preventDefault();
  drop.classList.remove("over");
  await check([...event.dataTransfer.files]);
});
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-propose]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  const fault = form.querySelector(".fault");
  button.disabled = true;
  fault.hidden = true;
  try {
    const answer = await send("/api/v1/proposals", { files, reason: form.elements.reason.value });
    location.assign(`/proposals/${encodeURIComponent((await answer.json()).id)}`);
  } catch (error) {
    tell(error.message, error, fault, "Your files are still here: press the button again when you are back.");
    button.disabled = false;
  }
});
