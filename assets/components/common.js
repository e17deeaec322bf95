// Helpers of all components; runs in front of each component's own script, in one scope with it.

const find = (selector) => element.querySelector(selector);

/** A new element; text is only ever set as text. */
function make(tag, className = '', text = '') {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== '') node.textContent = text;
  return node;
}

const plural = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;
const colour = (name) => getComputedStyle(element).getPropertyValue(name).trim();
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Outlines around (0, 0) of about equal area: the shape shows the set without colour. */
const SHAPES = {
  forget: 'M0-1.25L1.15.8H-1.15Z',
  retain: 'M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0Z',
  validation: 'M0-1.25L1.25 0L0 1.25L-1.25 0Z',
  unseen: 'M-.9-.9H.9V.9H-.9Z',
};

/** A set's shape in its colour, to stand in a line of text. */
function glyph(set) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '-1.3 -1.3 2.6 2.6');
  svg.setAttribute('class', 'glyph');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', SHAPES[set]);
  path.style.fill = `var(--${set})`;
  svg.append(path);
  return svg;
}

/** Base64 of little-endian uint16 -> numbers. */
function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

/** A table from a head and rows of texts; the first column names its row. */
function fillTable(table, head, rows) {
  const line = (cells, tags) => {
    const row = make('tr');
    cells.forEach((cell, i) => {
      const node = row.appendChild(make(tags(i), '', String(cell)));
      if (node.tagName === 'TH') node.scope = tags(1) === 'th' ? 'col' : 'row';
    });
    return row;
  };
  const top = make('thead');
  const body = make('tbody');
  top.append(line(head, () => 'th'));
  body.append(...rows.map((cells) => line(cells, (i) => (i ? 'td' : 'th'))));
  table.replaceChildren(...table.querySelectorAll('caption'), top, body);
}

/** A canvas with the screen's resolution, and its context; null while it has no size (hidden). */
function sharp(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const ratio = devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height, ratio };
}

/** A function that runs ``draw`` at most once per frame, however often it is called. */
function oncePerFrame(draw) {
  let waiting = 0;
  return () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      draw();
    });
  };
}

/** Calls ``redraw`` when the component changes its size or the page turns dark or light. */
function onLook(redraw) {
  new ResizeObserver(redraw).observe(element);
  const themes = new MutationObserver(() => {
    if (element.isConnected) redraw();
    else themes.disconnect();
  });
  for (const root of [document.documentElement, document.body]) {
    themes.observe(root, { attributes: true, attributeFilter: ['class'] });
  }
}
