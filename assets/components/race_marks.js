// A shape and a colour per method; the star is the reference, the ring is the original.

const OUTLINES = {
  circle: 'M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0Z',
  triangle: 'M0-1.25L1.2.85H-1.2Z',
  square: 'M-.92-.92H.92V.92H-.92Z',
  diamond: 'M0-1.35L1.2 0L0 1.35L-1.2 0Z',
  down: 'M0 1.25L1.2-.85H-1.2Z',
  plus: 'M-.45-1.2H.45V-.45H1.2V.45H.45V1.2H-.45V.45H-1.2V-.45H-.45Z',
  star: 'M0-1.6L.42-.55L1.55-.5L.67.22L.97 1.32L0 .7L-.97 1.32L-.67.22L-1.55-.5L-.42-.55Z',
  ring: 'M-.95 0a.95.95 0 1 0 1.9 0a.95.95 0 1 0-1.9 0Z',
};

/** A new SVG element with attributes. */
function draw(tag, attributes = {}) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** The outline of a mark around (0, 0), about two wide. */
function outline(mark) {
  const path = draw('path', { d: OUTLINES[mark.shape] ?? OUTLINES.circle, class: mark.shape });
  if (mark.shape !== 'ring') path.style.fill = `var(--${mark.tone})`;
  return path;
}

/** A mark inside a line of text. */
function sign(mark) {
  const svg = draw('svg', { viewBox: '-1.6 -1.6 3.2 3.2', class: 'mark', 'aria-hidden': 'true' });
  svg.append(outline(mark));
  return svg;
}
