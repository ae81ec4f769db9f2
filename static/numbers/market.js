// Search and order: the add button says how many are ticked; choosing another state forgets the places below it.
document.addEventListener("change", (event) => {
  const wanted = event.target.closest("#wanted");
  if (wanted && event.target.name === "area") {
    for (const name of ["rate_centre", "npa_nxx"]) {
      const field = wanted.elements[name];
      if (field) field.value = "";
    }
  }
  if (wanted && event.target.name === "rate_centre" && wanted.elements.npa_nxx) wanted.elements.npa_nxx.value = "";
  const form = event.target.closest("#choose");
  if (!form) return;
  const count = form.querySelectorAll("input[name=numbers]:checked").length;
  const button = form.querySelector("[data-chosen]");
  const label = button.querySelector("span");
  label.textContent = count ? `Add ${count} to the cart` : "Add chosen to the cart";
  button.disabled = !count;
}, true);
