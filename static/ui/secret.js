// Lets a person see what they are typing into a secret field. What is stored never comes here.

document.addEventListener("alpine:init", () => {
  Alpine.data("secret", () => ({
    init() {
      this.$refs.button.hidden = false;
    },

    toggle() {
      const input = this.$el.closest(".secret").querySelector("input");
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      this.$refs.button.setAttribute("aria-pressed", String(show));
    },
  }));
});
