// Saving and exporting follow the filter: what is shown is what is meant.

document.addEventListener("htmx:afterSwap", () => {
  const results = document.getElementById("results");
  if (!results) return;
  const query = results.dataset.query;
  for (const link of document.querySelectorAll("a[data-follows-filter]")) {
    link.href = link.pathname + (query ? `?${query}` : "");
  }
});
