// Keeps the Tab key from gradio's drop-down lists: they open on any key, Tab included, and would stay open over the page
// after the focus has moved on. Leaving the field closes them anyway.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Tab' && event.target.matches('input[role="combobox"]')) event.stopPropagation();
}, true);

// Gradio gives each radio button a name of its own, so that a list of methods would take a press of Tab for each. With one
// name they are one stop of the Tab key, and the arrow keys choose. Gradio writes its names again at every change.
const groupNames = new WeakMap();
let groupsMade = 0;

function nameGroup(radio) {
  const box = radio.closest('fieldset');
  if (!box || !radio.name.startsWith('radio-')) return;
  if (!groupNames.has(box)) groupNames.set(box, `choice-${(groupsMade += 1)}`);
  radio.name = groupNames.get(box);
}

new MutationObserver((records) => {
  for (const { type, target, addedNodes } of records) {
    if (type === 'attributes') {
      if (target.type === 'radio') nameGroup(target);
      continue;
    }
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      if (node.matches('input[type="radio"]')) nameGroup(node);
      for (const radio of node.querySelectorAll('input[type="radio"]')) nameGroup(radio);
    }
  }
}).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['name'] });
