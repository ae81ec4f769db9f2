// The console: which operation is open, and where the eye goes after an answer. The form: a test clears old faults.

const console_ = document.querySelector(".console");

function markOpenOperation() {
  for (const link of console_.querySelectorAll(".operations a")) {
    const here = link.pathname === location.pathname;
    if (here) {
      link.setAttribute("aria-current", "page");
      console_.classList.add("console-open");
    } else {
      link.removeAttribute("aria-current");
    }
  }
}

function showOutcome() {
  const outcome = document.getElementById("outcome");
  const wrong = document.querySelector("#operation-form [aria-invalid='true']");
  if (outcome?.firstElementChild) {
    outcome.focus({ preventScroll: true });
    outcome.firstElementChild.scrollIntoView({ block: "nearest" });
  } else if (wrong) {
    wrong.focus();
  }
}

if (console_) {
  document.addEventListener("htmx:pushedIntoHistory", markOpenOperation);
  document.addEventListener("htmx:afterSettle", (event) => {
    markOpenOperation();
    if (event.detail.target?.id === "panel" && event.detail.requestConfig?.verb === "post") {
      showOutcome();
    }
  });
}

// A test went out, so every value could be sent: what was wrong before is not wrong now.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "trial") {
    return;
  }
  const form = document.getElementById("connection-form");
  for (const fault of form.querySelectorAll(".field-errors, .message:has(.error-links)")) {
    fault.remove();
  }
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
  }
});
