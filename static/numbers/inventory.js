// Links follow the filter: what is exported and saved is what is shown.

document.addEventListener("htmx:afterSwap", () => {
  const results = document.getElementById("results");
  if (!results) return;
  const query = results.dataset.query;
  for (const link of document.querySelectorAll("a[data-export], a[data-follows-filter]")) {
    link.href = link.pathname + (query ? `?${query}` : "");
  }
});
