// Saves the map as shown on the screen: as an SVG, and as a PNG made from it.

const SVG = 'http://www.w3.org/2000/svg';
const HEAD = 34; // above each canvas
const LINE = 22;

function draft(parent, tag, attributes, text = '') {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

const short = (value) => Number(value.toFixed(1));

/** One canvas: its frame, arrows and marks. */
function draftPane(parent, pane, paint, x, id) {
  const { clientWidth: width, clientHeight: height } = pane.canvas;
  const place = draft(parent, 'svg', { x, y: HEAD, width, height, overflow: 'hidden' });
  draft(place, 'rect', { width, height, rx: 12, fill: colour('--wash') });
  const lines = arrows(pane).map((way) => {
    const [a, tip, b] = arrowHead(way).map((point) => point.map(short).join(' '));
    const [x0, y0, x1, y1] = way.map(short);
    return `M${x0} ${y0}L${x1} ${y1}M${a}L${tip}L${b}`;
  });
  draft(place, 'path', { class: 'arrows', d: lines.join(''), fill: 'none', stroke: colour('--forget'), 'stroke-opacity': chosen >= 0 ? 0.9 : 0.4 });
  const halo = colour('--wash');
  for (const i of map.order) {
    if (!visible(i)) continue;
    const [at, size] = [[pane.xy[2 * i], pane.xy[2 * i + 1]], radius(map.group[i], pane)];
    if (!inSight(...at, pane.place)) continue;
    const looks = map.group[i] === FORGET
      ? { stroke: halo, 'stroke-width': 0.5, 'paint-order': 'stroke' }
      : { 'fill-opacity': FADED };
    const transform = `translate(${at.map(short).join(' ')}) scale(${size.toFixed(2)})`;
    draft(place, 'use', { href: `#${id}-${setOf(i).name}`, transform, fill: paint.dots[paint.of(i)], ...looks });
  }
  const clear = outlined();
  for (const [name, found] of clear ? outlines(pane) : []) {
    const d = found.map((line) => `M${line.map((at) => at.map(short).join(' ')).join('L')}Z`).join('');
    const looks = { 'stroke-width': 2, 'stroke-opacity': clear, 'stroke-dasharray': DASHES[name].join(' ') };
    draft(place, 'path', { class: `outline ${name}`, d, fill: 'none', stroke: colour(`--${name}`), ...looks });
  }
  const said = pane.box.querySelector('figcaption');
  const title = draft(parent, 'text', { x, y: HEAD - 12, 'font-size': 15 });
  draft(title, 'tspan', { 'font-weight': 700 }, said.querySelector('b').textContent);
  draft(title, 'tspan', { dx: 8, 'font-size': 12, fill: colour('--soft') }, said.querySelector('.soft').textContent);
  return width;
}

/** Items of the legends: [text, mark's path or '', colour]. */
function legendItems() {
  const sets = map.table.filter(({ set }) => !hidden.has(set)).map(({ set, photos }) => {
    const { name, title } = CONFIG.sets[set];
    return [`${title}, ${photos.toLocaleString('en')}`, SHAPES[name], colour(`--${name}`)];
  });
  const { names, dots } = paints[0];
  const square = 'M-1-1H1V1H-1Z';
  const named = names.slice(0, MOST_NAMED).map((name, k) => [name, square, dots[k]]).filter((_, k) => !off.has(k));
  if (find('.by select').value === 'loss') {
    const [low, high] = map.lossRange;
    const ticks = [...Array(high - low + 1).keys()];
    named.push(...ticks.map((k) => [`${Number((10 ** (low + k)).toPrecision(1))} nats`, square, ramp(k / (high - low))]));
  }
  return [...sets, ...named];
}

/** Draws the legends in lines as wide as the picture; returns the y of the last line. */
function draftLegend(parent, width, top) {
  let [x, y] = [16, top + LINE];
  const measure = document.createElement('canvas').getContext('2d');
  measure.font = '13px system-ui, sans-serif';
  for (const [text, path, fill] of legendItems()) {
    const wide = 34 + measure.measureText(text).width;
    if (x + wide > width - 8 && x > 16) [x, y] = [16, y + LINE];
    draft(parent, 'path', { d: path, fill, transform: `translate(${x + 6} ${y - 4.5}) scale(5.2)` });
    draft(parent, 'text', { x: x + 18, y, 'font-size': 13 }, text);
    x += wide;
  }
  return y;
}

function draftPicture() {
  const picture = document.createElementNS(SVG, 'svg');
  draft(picture, 'rect', { width: '100%', height: '100%', fill: colour('--paper') });
  const id = 'mark';
  const marks = draft(picture, 'defs', {});
  for (const [name, d] of Object.entries(SHAPES)) draft(marks, 'path', { id: `${id}-${name}`, d });
  let [width, height] = [12, 0];
  panes.forEach((pane, k) => {
    if (!shown(pane)) return;
    width += draftPane(picture, pane, paints[k], width, id) + 12;
    height = Math.max(height, HEAD + pane.canvas.clientHeight);
  });
  const bottom = draftLegend(picture, width, height + 4);
  const note = 'Axes have no meaning; distances in different models cannot be compared.';
  draft(picture, 'text', { x: 16, y: bottom + LINE, 'font-size': 12, fill: colour('--soft') }, note);
  const [w, h] = [width, bottom + LINE + 14].map(Math.ceil);
  const looks = { xmlns: SVG, width: w, height: h, viewBox: `0 0 ${w} ${h}`, 'font-family': 'system-ui, sans-serif', fill: colour('--ink') };
  for (const [name, value] of Object.entries(looks)) picture.setAttribute(name, value);
  return { text: new XMLSerializer().serializeToString(picture), width: w, height: h };
}

const fileName = (kind) => `map-${map.key}.${kind}`;

async function savePng() {
  const { text, width, height } = draftPicture();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const paper = Object.assign(document.createElement('canvas'), { width: 2 * width, height: 2 * height });
  paper.getContext('2d').drawImage(image, 0, 0, paper.width, paper.height);
  saveBlob(fileName('png'), await new Promise((done) => { paper.toBlob(done, 'image/png'); }));
}

async function savePrint(kind) {
  const answer = await server.map_figure(JSON.stringify({ key: map.key, mark: map.mark, kind }));
  if (answer.error) return answer.error;
  save(answer);
  return 'The figure was saved.';
}

/** Saves what a button names, and reports the result. */
async function saveAs(button) {
  const say = (sentence) => { find('.saved').textContent = sentence; };
  const { save: kind } = button.dataset;
  button.disabled = true;
  say('Making the picture.');
  try {
    if (kind === 'png') await savePng();
    if (kind === 'svg') saveBlob(fileName('svg'), new Blob([draftPicture().text], { type: 'image/svg+xml' }));
    say(kind.startsWith('print-') ? await savePrint(kind.slice(6)) : 'The picture was saved.');
  } catch {
    say('The picture could not be made just now.');
  } finally {
    button.disabled = false;
    button.focus({ preventScroll: true });
  }
}
