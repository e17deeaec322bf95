// Translator of the page: replaces texts and attributes for screen readers in place, now and whenever they change.

const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'aria-valuetext', 'aria-roledescription'];
/** Not translated: typed text, names of people, and code. */
const LEFT = 'script, style, textarea, pre, code:not(.spelled), [data-names], [translate="no"], #language';
/** Elements inside a sentence: their texts are translated together with the texts around them, joined by bars. */
const INLINE = new Set(['STRONG', 'B', 'EM', 'I', 'A', 'CODE', 'SMALL', 'SUB', 'SUP']);
/** Custom properties with texts that style sheets show. */
const SAYINGS = ['--says-previous', '--says-control'];

/** Text nodes of a block in order, inside inline elements too, without blank ones. */
function pieces(block, found = []) {
  for (const child of block.childNodes) {
    if (child.nodeType === Node.TEXT_NODE && child.nodeValue.trim()) found.push(child);
    else if (INLINE.has(child.tagName)) pieces(child, found);
  }
  return found;
}

function blockOf(node) {
  let element = node.parentElement;
  while (element && INLINE.has(element.tagName)) element = element.parentElement;
  return element;
}

class Translator {
  constructor(translate) {
    this.translate = translate;
    this.memory = new Memory();
  }

  text(node) {
    const english = this.memory.english(node);
    const parent = node.parentElement;
    if (!/[A-Za-z]/.test(english) || parent.closest(LEFT)) return;
    const found = this.translate(english);
    if (parent.tagName === 'OPTION' && !parent.hasAttribute('value')) parent.setAttribute('value', parent.value);
    const said = found === null ? english : /^\s*/.exec(english)[0] + found + /\s*$/.exec(english)[0];
    if (said !== node.nodeValue) this.memory.show(node, TEXT, said);
  }

  /** Translates a block as one sentence where an entry exists, otherwise node by node. */
  block(element) {
    const nodes = pieces(element);
    const whole = nodes.map((node) => this.memory.english(node)).join('|');
    const found = nodes.length > 1 && !element.closest(LEFT) ? this.translate(whole)?.split('|') : null;
    if (found?.length === nodes.length) nodes.forEach((node, i) => this.memory.show(node, TEXT, found[i]));
    else nodes.forEach((node) => this.text(node));
  }

  place(node, name) {
    const english = this.memory.english(node, name);
    const found = english && !node.closest('#language') ? this.translate(english) : null;
    if (found !== null && found !== read(node, name)) this.memory.show(node, name, found);
  }

  /** Translates everything below the nodes. */
  all(roots) {
    const blocks = new Set();
    for (const root of roots) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
      for (let node = root; node; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) blocks.add(blockOf(node));
        else if (node.nodeType === Node.ELEMENT_NODE) {
          for (const name of SPOKEN) if (node.hasAttribute(name)) this.place(node, name);
        }
      }
    }
    for (const each of blocks) if (each) this.block(each);
    // values of drop-down lists: the observer does not see a changed value, but other nodes always change with it
    for (const field of document.querySelectorAll('input[readonly]')) this.place(field, FIELD);
  }

  /** Translates every later change of the page. Returns the observer. */
  follow() {
    const observer = new MutationObserver((records) => {
      const roots = new Set();
      for (const { type, target, addedNodes, attributeName } of records) {
        if (type === 'attributes') this.place(target, attributeName);
        else if (type === 'characterData') roots.add(target);
        else addedNodes.forEach((node) => roots.add(node));
      }
      this.all([...roots].filter((root) => root.isConnected));
      observer.takeRecords(); // changes made by the translator itself
    });
    const watched = { subtree: true, childList: true, characterData: true, attributeFilter: SPOKEN };
    observer.observe(document.body, watched);
    return observer;
  }
}

/** Translates the page. Returns ``stop``, which restores the English texts. */
function speak(code, translate) {
  const root = document.documentElement;
  const translator = new Translator(translate);
  const silence = paint(translate);
  for (const name of SAYINGS) {
    const said = translate(getComputedStyle(root).getPropertyValue(name).trim().slice(1, -1));
    if (said !== null) root.style.setProperty(name, JSON.stringify(said));
  }
  root.lang = code;
  translator.all([document.querySelector('title'), document.body]);
  root.classList.add('translated'); // the charts redraw when the root's classes change
  const observer = translator.follow();

  return function stop() {
    observer.disconnect();
    silence();
    for (const name of SAYINGS) root.style.removeProperty(name);
    translator.memory.restore();
    root.lang = 'en';
    root.classList.remove('translated');
  };
}

/** Translates texts on canvases while they are drawn. Returns a function that stops it. */
function paint(translate) {
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
