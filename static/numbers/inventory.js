// The export link follows the filter: what is exported is what is shown.

document.addEventListener("htmx:afterSwap", () => {
  const results = document.getElementById("results");
  const link = document.querySelector("a[data-export]");
  if (results && link) {
    const query = results.dataset.query;
    link.href = link.pathname + (query ? `?${query}` : "");
  }
});
