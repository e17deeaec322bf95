// The page in another language: texts and spoken attributes are replaced where they stand, and again when they change.
// The English stays beside them in memory, so that the way back restores it exactly. Values are only ever set as text.

const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'aria-valuetext', 'aria-roledescription'];
/** What visitors typed, names of people, and what a machine reads. */
const LEFT = 'script, style, textarea, pre, code, [data-names], [translate="no"], #language';
/** Parts of a sentence: their texts are looked up together with those around them, joined by bars. */
const INLINE = new Set(['STRONG', 'B', 'EM', 'I', 'A', 'CODE', 'SMALL', 'SUB', 'SUP']);
/** Custom properties that hold the words the style sheet shows. */
const SAYINGS = ['--says-previous', '--says-mapping', '--says-control'];
const MANY = 20000;

/** Returns ``stop``, which brings the English back. */
function speak(code, translate) {
  const texts = new WeakMap(); // text node -> { english, shown }
  const attributes = new WeakMap(); // element -> { name: { english, shown } }
  const fields = new WeakMap(); // field that cannot be typed into -> { english, shown }
  let touched = []; // weak references to both: what is off the page now may come back after the switch

  const english = (node) => {
    const known = texts.get(node);
    return known?.shown === node.nodeValue ? known.english : node.nodeValue;
  };

  function remember(node) {
    touched.push(new WeakRef(node));
    if (touched.length > MANY) touched = touched.filter((each) => each.deref());
  }

  function show(node, value) {
    const before = english(node);
    if (!texts.has(node)) remember(node);
    texts.set(node, { english: before, shown: value });
    if (node.nodeValue !== value) node.nodeValue = value;
  }

  function one(node) {
    const text = english(node);
    if (!/[A-Za-z]/.test(text) || node.parentElement.closest(LEFT)) return;
    const found = translate(text);
    const option = node.parentElement;
    if (found === null) {
      if (node.nodeValue !== text) node.nodeValue = text;
      return;
    }
    if (option.tagName === 'OPTION' && !option.hasAttribute('value')) option.setAttribute('value', option.value);
    show(node, /^\s*/.exec(text)[0] + found + /\s*$/.exec(text)[0]);
  }

  /** The texts of a block in order, through inline elements only, without what is blank. */
  function pieces(block, found = []) {
    for (const child of block.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) child.nodeValue.trim() && found.push(child);
      else if (INLINE.has(child.tagName)) pieces(child, found);
    }
    return found;
  }

  function block(element) {
    const nodes = pieces(element);
    if (nodes.length > 1 && !element.closest(LEFT)) {
      const found = translate(nodes.map(english).join('|'))?.split('|');
      if (found?.length === nodes.length) {
        nodes.forEach((node, i) => show(node, found[i]));
        return;
      }
    }
    nodes.forEach(one);
  }

  function blockOf(node) {
    let element = node.parentElement;
    while (element && INLINE.has(element.tagName)) element = element.parentElement;
    return element;
  }

  function attribute(element, name) {
    const known = attributes.get(element) ?? {};
    const now = element.getAttribute(name);
    const before = known[name]?.shown === now ? known[name].english : now;
    const found = before && !element.closest('#language') ? translate(before) : null;
    if (found === null || found === now) return;
    if (!attributes.has(element)) remember(element);
    attributes.set(element, { ...known, [name]: { english: before, shown: found } });
    element.setAttribute(name, found);
  }

  /** What is chosen in lists that nobody types into. A change of it alone goes unseen, but never comes alone. */
  function chosen() {
    for (const field of document.querySelectorAll('input[readonly]')) {
      const known = fields.get(field);
      const before = known?.shown === field.value ? known.english : field.value;
      const found = translate(before);
      if (found === null || found === field.value) continue;
      fields.set(field, { english: before, shown: found });
      field.value = found;
    }
  }

  /** Everything below ``root``; ``blocks`` are those seen already. */
  function all(root, blocks) {
    if (root.nodeType === Node.TEXT_NODE) {
      blocks.add(blockOf(root));
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = root; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) blocks.add(blockOf(node));
      else for (const name of SPOKEN) if (node.hasAttribute(name)) attribute(node, name);
    }
  }

  function translateAll(roots) {
    const blocks = new Set();
    for (const root of roots) all(root, blocks);
    for (const each of blocks) if (each) block(each);
    chosen();
  }

  const observer = new MutationObserver((records) => {
    const roots = new Set();
    for (const { type, target, addedNodes, attributeName } of records) {
      if (type === 'attributes') attribute(target, attributeName);
      else if (type === 'characterData') roots.add(target);
      else addedNodes.forEach((node) => roots.add(node));
    }
    translateAll([...roots].filter((root) => root.isConnected));
    observer.takeRecords(); // these were our own
  });

  const root = document.documentElement;
  const canvas = canvasWords(translate);
  root.lang = code;
  for (const name of SAYINGS) {
    const said = getComputedStyle(root).getPropertyValue(name).trim().slice(1, -1);
    const found = translate(said);
    if (found !== null) root.style.setProperty(name, JSON.stringify(found));
  }
  translateAll([document.querySelector('title'), document.body]);
  root.classList.add('translated'); // the charts redraw when the root's classes change
  observer.observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: SPOKEN,
  });

  return function stop() {
    observer.disconnect();
    canvas();
    for (const name of SAYINGS) root.style.removeProperty(name);
    for (const node of touched.map((each) => each.deref()).filter(Boolean)) {
      if (node.nodeType === Node.TEXT_NODE) node.nodeValue = english(node);
      for (const [name, { english: before, shown }] of Object.entries(attributes.get(node) ?? {})) {
        if (node.getAttribute(name) === shown) node.setAttribute(name, before);
      }
    }
    for (const field of document.querySelectorAll('input[readonly]')) {
      if (fields.get(field)?.shown === field.value) field.value = fields.get(field).english;
    }
    root.lang = 'en';
    root.classList.remove('translated');
  };
}

/** What is drawn on canvases is translated as it is drawn. Returns the way back. */
function canvasWords(translate) {
  const pen = CanvasRenderingContext2D.prototype;
  const { fillText, measureText } = pen;
  const before = { fillText, measureText };
  for (const [name, draw] of Object.entries(before)) {
    pen[name] = function translated(text, ...rest) {
      return draw.call(this, translate(String(text)) ?? text, ...rest);
    };
  }
  return () => Object.assign(pen, before);
}
