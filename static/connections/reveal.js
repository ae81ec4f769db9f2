// A revealed credential leaves the page by itself, and when somebody leaves the page it is not there to come back to.

function hideLater() {
  const card = document.querySelector("[data-hide-after]");
  if (!card || card.dataset.hiding) return;
  card.dataset.hiding = "yes";
  const left = card.querySelector("[data-seconds]");
  const end = Date.now() + 1000 * Number(card.dataset.hideAfter);
  const hide = () => {
    clearInterval(ticking);
    const after = card.parentElement?.querySelector("template");
    if (after) card.replaceWith(after.content.cloneNode(true));
    else card.remove();
  };
  const ticking = setInterval(() => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds <= 0) hide();
    else left.textContent = seconds;
  }, 250);
  addEventListener("pagehide", hide, { once: true });
}

document.addEventListener("htmx:afterSettle", hideLater);
hideLater();
