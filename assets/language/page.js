// The page in another language: texts and spoken attributes are replaced where they stand, and again when they change.

const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'aria-valuetext', 'aria-roledescription'];
/** What visitors typed, names of people, and what a machine reads. */
const LEFT = 'script, style, textarea, pre, code, [data-names], [translate="no"], #language';
/** Parts of a sentence: their texts are looked up together with those around them, joined by bars. */
const INLINE = new Set(['STRONG', 'B', 'EM', 'I', 'A', 'CODE', 'SMALL', 'SUB', 'SUP']);
/** Custom properties that hold the words the style sheets show. */
const SAYINGS = ['--says-previous', '--says-mapping', '--says-control'];

/** The texts of a block in order, through inline elements only, without what is blank. */
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

  /** As one sentence where that is known, else piece by piece. */
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

  /** Everything below some nodes. */
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
    // of lists that nobody types into: a change of one alone goes unseen, but never comes alone
    for (const field of document.querySelectorAll('input[readonly]')) this.place(field, FIELD);
  }

  /** What the page changes from now on. Returns the observer. */
  follow() {
    const observer = new MutationObserver((records) => {
      const roots = new Set();
      for (const { type, target, addedNodes, attributeName } of records) {
        if (type === 'attributes') this.place(target, attributeName);
        else if (type === 'characterData') roots.add(target);
        else addedNodes.forEach((node) => roots.add(node));
      }
      this.all([...roots].filter((root) => root.isConnected));
      observer.takeRecords(); // these were our own
    });
    const watched = { subtree: true, childList: true, characterData: true, attributeFilter: SPOKEN };
    observer.observe(document.body, watched);
    return observer;
  }
}

/** Returns ``stop``, which brings the English back. */
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

/** What is drawn on canvases is translated as it is drawn. Returns the way back. */
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
