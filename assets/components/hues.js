// Colours of classes and people on the maps.

// Safe for colour-blind people on a light and on a dark background (after Paul Tol's bright and muted schemes).
const LIGHT = ['#4477aa', '#ee7733', '#228833', '#aa3377', '#33a5c8', '#a8921a', '#4b2e91', '#7f7f7f'];
const DARK = ['#7fb2f0', '#ff9a5c', '#5fc46f', '#e07bb8', '#74d5ea', '#e0cf5a', '#a99bff', '#b8bec6'];

/** The colour of the k-th of ``count`` items; beyond the palette, hues are spread by the golden angle. */
function hue(k, count) {
  const dark = document.querySelector('.dark') !== null;
  const palette = dark ? DARK : LIGHT;
  return count <= palette.length ? palette[k] : `hsl(${(k * 137.5) % 360} 55% ${dark ? 66 : 46}%)`;
}
