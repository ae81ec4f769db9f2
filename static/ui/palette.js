// The command palette: "/" or Ctrl-K opens it, arrows choose, Enter goes, Escape closes.

document.addEventListener("alpine:init", () => {
  Alpine.data("palette", () => ({
    chosen: -1,

    init() {
      document.addEventListener("keydown", (event) => this.shortcut(event));
      document.querySelector("[data-palette-open]")?.addEventListener("focus", (event) => {
        event.target.blur();
        this.open(event.target.value);
      });
      this.$root.addEventListener("htmx:afterSwap", () => this.choose(0));
      this.$root.addEventListener("click", (event) => {
        if (event.target === this.$root) {
          this.$root.close();
        }
      });
    },

    shortcut(event) {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
      const ctrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if ((slash || ctrlK) && !document.querySelector("dialog[open]:not(.palette)")) {
        event.preventDefault();
        this.open();
      }
    },

    open() {
      if (!this.$root.open) {
        this.$root.showModal();
      }
      this.$refs.box.select();
      this.$refs.box.dispatchEvent(new Event("search-now"));
    },

    hits() {
      return [...this.$root.querySelectorAll(".hit")];
    },

    choose(index) {
      const hits = this.hits();
      hits.forEach((hit) => hit.setAttribute("aria-selected", "false"));
      this.chosen = hits.length ? (index + hits.length) % hits.length : -1;
      const hit = hits[this.chosen];
      this.$refs.box.setAttribute("aria-activedescendant", hit ? hit.id : "");
      if (hit) {
        hit.setAttribute("aria-selected", "true");
        hit.scrollIntoView({ block: "nearest" });
      }
    },

    key(event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && this.hits()[this.chosen]) {
        event.preventDefault();
        this.hits()[this.chosen].click();
      }
    },
  }));
});
