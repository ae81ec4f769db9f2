// A fragment that needs a fresh proof of who is there: the question opens over the page, and what was asked for is sent
// again once it is answered. Nothing on the page changes meanwhile.

(() => {
  let waiting = null;
  const dialog = () => document.getElementById("step-up");

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("X-Step-Up")) {
      const submitter = event.detail.requestConfig?.triggeringEvent?.submitter;
      waiting = { element: event.detail.elt, submitter };
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "step-up-body" && event.target.childElementCount && !dialog().open) {
      dialog().showModal();
    }
  });

  document.addEventListener("stepped-up", () => {
    dialog().close();
    document.getElementById("step-up-body").replaceChildren();
    const { element, submitter } = waiting ?? {};
    waiting = null;
    if (!element?.isConnected) {
      return;
    }
    if (element.matches("form")) {
      element.requestSubmit(submitter);
    } else {
      element.click();
    }
  });
})();
