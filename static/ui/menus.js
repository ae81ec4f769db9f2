// Menus that load what they show when they open: a link with data-menu opens its popover instead of its page.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-menu]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  event.preventDefault();
  const menu = document.getElementById(opener.dataset.menu);
  menu.togglePopover();
  if (menu.matches(":popover-open")) {
    menu.dispatchEvent(new CustomEvent("menu-open"));
    opener.querySelector(".mark")?.remove();
  }
});
