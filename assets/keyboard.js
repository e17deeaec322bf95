// Gradio's lists of choices unfold on any key, Tab among them, and would stay open over the page after the keyboard has
// gone on. They need not hear of Tab: leaving the field folds them.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Tab' && event.target.matches('input[role="combobox"]')) event.stopPropagation();
}, true);
