// What the whole portal shares in the browser: toasts, errors of fragments, copying, theme, focus.
// Pages work without it; it only saves trips.

const toasts = () => document.getElementById("toasts");

function toast({ text, level = "success", url = "", link = "" }) {
  // What polls and fails again and again says so once.
  if ([...toasts().querySelectorAll("[data-text]")].some((shown) => shown.textContent === text)) {
    return;
  }
  const note = document.getElementById("toast-shape").content.firstElementChild.cloneNode(true);
  note.classList.add(`notice-${level}`);
  note.querySelector("[data-text]").textContent = text;
  const anchor = note.querySelector("a");
  if (url) {
    anchor.href = url;
    anchor.textContent = link || "Open";
  } else {
    anchor.remove();
  }
  note.querySelector("button").addEventListener("click", () => note.remove());
  toasts().append(note);
  // Bad news stays until it is read.
  if (level === "success") {
    setTimeout(() => note.remove(), 6000);
  }
}

document.addEventListener("toast", (event) => toast(event.detail));

// --- polls say that nobody did anything, so that they keep no session alive -----------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  const { triggeringEvent, headers, elt } = event.detail;
  // A timer has no event; "load" is the page's own doing.
  if (elt.closest("[data-quiet]") && (!triggeringEvent || triggeringEvent.type === "load")) {
    headers["X-Poll"] = "yes";
  }
});

// --- one rule for every fragment that fails ----------------------------------------------------------------

const KEPT = "What you see and typed is still here.";

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const ours = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
  const text = ours && xhr.responseText
    ? xhr.responseText
    : `The portal answered with error ${xhr.status}. If you were changing something, check whether it took effect before you repeat it. ${KEPT}`;
  const signIn = xhr.status === 401 && { url: location.href, link: "Sign in" };
  toast({ text, level: "danger", ...signIn });
});
document.addEventListener("htmx:sendError", () => {
  toast({ text: `The portal could not be reached, so we do not know whether the last action arrived. ${KEPT}`, level: "danger" });
});
document.addEventListener("htmx:timeout", () => {
  toast({ text: `The portal did not answer in time; it may still be working on it. ${KEPT}`, level: "warning" });
});

// --- a thin line on top once a request takes longer than a blink --------------------------------------------

let running = 0;
function working(change) {
  running = Math.max(0, running + change);
  const line = document.getElementById("working");
  if (running === 0) {
    line.classList.remove("on");
  } else if (change > 0) {
    setTimeout(() => line.classList.toggle("on", running > 0), 250);
  }
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.closest("[data-quiet]")) {
    working(1);
    event.detail.xhr.addEventListener("loadend", () => working(-1));
  }
});

// --- copying ----------------------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) {
    return;
  }
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
    say(`Copied ${button.dataset.copy}`);
  } catch {
    toast({ text: `The browser does not let us copy. The value is ${button.dataset.copy}`, level: "warning" });
  }
});

// Tells a screen reader what the eye saw; gone once it was read, so that nobody comes across it later.
let silence;
function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { said.textContent = ""; }, 2000);
}
document.addEventListener("say", (event) => say(event.detail.value ?? event.detail.text));

// --- theme ------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]")) {
    return;
  }
  event.preventDefault();
  const chosen = event.submitter.value;
  document.documentElement.dataset.bsTheme = chosen;
  document.cookie = `theme=${chosen}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  for (const button of event.target.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  document.dispatchEvent(new CustomEvent("themechange", { detail: { theme: chosen } }));
});

// --- one submit per click: a second click on a form that is under way does nothing ---------------------------
// A form whose answer is a file says data-download, since no new page comes to set it free.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [data-download]")) {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  working(1);
});
// A page out of the browser's back cache must be usable again.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    running = 0;
    working(0);
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  }
});

// --- a filter that was changed before this script ran, or that the browser filled in again on a reload -------

function changed(field) {
  const options = [...(field.options ?? [])];
  if (field.multiple || !options.length) {
    return options.some((option) => option.selected !== option.defaultSelected)
      || field.checked !== field.defaultChecked || (field.type !== "hidden" && field.value !== field.defaultValue);
  }
  return field.selectedIndex !== Math.max(0, options.findIndex((option) => option.defaultSelected));
}
addEventListener("load", () => {
  for (const form of document.querySelectorAll("form[method=get][hx-get]")) {
    if ([...form.elements].some((field) => field.matches("input, select") && changed(field))) {
      htmx.trigger(form, "submit");
    }
  }
});

// --- after a list was filtered, sorted or paged: say how many, and keep the keyboard where the eye is ---------

document.addEventListener("htmx:afterSettle", (event) => {
  const results = document.getElementById("results");
  if (event.detail.target?.id !== "results" || !results || event.detail.requestConfig?.elt.closest("[data-quiet]")) {
    return;
  }
  say(`${results.getAttribute("aria-label")}: ${results.dataset.all || "0"}`);
  if (document.activeElement === document.body) {
    results.focus({ preventScroll: true });
  }
});

// --- dialogs: a fragment put into #dialog opens it, and "dialog-close" closes it -----------------------------

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "dialog-body") {
    const dialog = document.getElementById("dialog");
    if (event.target.textContent.trim() && !dialog.open) {
      dialog.showModal();
    } else if (!event.target.textContent.trim()) {
      dialog.close();
    }
  }
});
document.addEventListener("dialog-close", () => document.getElementById("dialog").close());
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dialog-close]")) {
    event.preventDefault();
    event.target.closest("dialog").close();
  }
});
