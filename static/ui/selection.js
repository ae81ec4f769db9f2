// Picking rows of a list. Ticks survive paging; another filter clears them. Without a script the ticks of the
// page on screen are sent, which is what a plain form does.

document.addEventListener("alpine:init", () => {
  Alpine.data("selection", () => ({
    picked: new Set(),
    all: false,
    filter: "",

    init() {
      this.filter = this.results().dataset.query;
      this.$root.addEventListener("change", (event) => this.changed(event));
      this.$root.addEventListener("htmx:afterSwap", () => this.swapped());
      this.$root.addEventListener("submit", (event) => this.send(event));
      this.$root.addEventListener("click", (event) => this.clicked(event));
      this.show();
    },

    results() {
      return this.$root.querySelector("#results");
    },

    boxes() {
      return [...this.$root.querySelectorAll('input[name="ids"]')];
    },

    changed(event) {
      const box = event.target;
      if (box.matches("[data-select-page]")) {
        this.boxes().forEach((one) => this.tick(one.value, box.checked));
      } else if (box.name === "ids") {
        this.tick(box.value, box.checked);
      } else {
        return;
      }
      this.show();
    },

    tick(value, on) {
      if (this.all) {
        // Leaving out one of "all" means: only what is ticked on this page.
        this.all = false;
        this.picked = new Set(this.boxes().map((box) => box.value));
      }
      if (on) {
        this.picked.add(value);
      } else {
        this.picked.delete(value);
      }
    },

    clicked(event) {
      if (event.target.closest("[data-select-all]")) {
        this.all = true;
      } else if (event.target.closest("[data-select-none]")) {
        this.all = false;
        this.picked.clear();
      } else {
        return;
      }
      event.preventDefault();
      this.show();
    },

    swapped() {
      const results = this.results();
      if (results && results.dataset.query !== this.filter) {
        this.filter = results.dataset.query;
        this.all = false;
        this.picked.clear();
      }
      this.show();
    },

    show() {
      const boxes = this.boxes();
      boxes.forEach((box) => {
        box.checked = this.all || this.picked.has(box.value);
        box.closest("tr")?.classList.toggle("picked", box.checked);
      });
      const head = this.$root.querySelector("[data-select-page]");
      const ticked = boxes.filter((box) => box.checked).length;
      if (head) {
        head.checked = ticked > 0 && ticked === boxes.length;
        head.indeterminate = ticked > 0 && ticked < boxes.length;
      }
      const bar = this.$root.querySelector("[data-selection-bar]");
      if (!bar) {
        return;
      }
      bar.classList.toggle("on", this.all || this.picked.size > 0);
      const { all, more } = this.results().dataset;
      const picked = this.all ? `All ${all} selected` : `${this.picked.size.toLocaleString()} selected`;
      bar.querySelector("[data-selected]").textContent = picked;
      const offer = bar.querySelector("[data-select-all]");
      offer.textContent = `Select all ${all}`;
      offer.hidden = this.all || more === undefined;
    },

    send(event) {
      const form = event.target;
      if (form.id !== "selection") {
        return;
      }
      form.querySelectorAll("[data-carried]").forEach((input) => input.remove());
      if (this.all) {
        this.boxes().forEach((box) => { box.checked = false; });
        this.carry(form, "all", "1");
        this.carry(form, "query", this.filter);
        return;
      }
      const here = new Set(this.boxes().map((box) => box.value));
      this.picked.forEach((value) => {
        if (!here.has(value)) {
          this.carry(form, "ids", value);
        }
      });
    },

    carry(form, name, value) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = value;
      input.dataset.carried = "";
      form.append(input);
    },
  }));
});
