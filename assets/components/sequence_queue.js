// List of requests: a click on Remove sends its number; after that the focus stays in the list.
let removed = false;
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  removed = true;
  trigger("select", { index: Number(button.dataset.remove) });
});
watch("value", () => {
  if (!removed) return;
  removed = false;
  const next = element.querySelector("[data-remove], .hint");
  if (next) next.focus();
});
