// Keeps the Tab key from gradio's drop-down lists: they open on any key, Tab included, and would stay open over the page
// after the focus has moved on. Leaving the field closes them anyway.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Tab' && event.target.matches('input[role="combobox"]')) event.stopPropagation();
}, true);
