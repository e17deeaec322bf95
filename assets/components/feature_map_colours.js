// Colours of the map, and their legend, which also filters.

// From low to high loss, in even steps of lightness: high losses stand out from a light and from a dark background.
const RAMPS = {
  light: ['#a9cf6a', '#56b381', '#2f8f8c', '#2f6a8e', '#40448a', '#431a63'],
  dark: ['#4a5396', '#35789a', '#2fa08a', '#62c06c', '#b4d84c', '#fde84a'],
};
const LEVELS = 24;
const CHANGES = ['Same answer', 'Right, now wrong', 'Wrong, now right', 'Wrong, but another answer'];
const CHANGED = { light: ['#c05400', '#0072b2', '#a8559a'], dark: ['#ff8f4d', '#5cb3f0', '#e9a2cf'] }; // after Okabe and Ito
const MOST_NAMED = 24; // in the legend

const theme = () => (document.querySelector('.dark') ? 'dark' : 'light');
const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

/** A colour of the ramp, 0 the lowest loss and 1 the highest. */
function ramp(share) {
  const stops = RAMPS[theme()];
  const place = Math.max(0, Math.min(1, share)) * (stops.length - 1);
  const k = Math.min(Math.floor(place), stops.length - 2);
  const [a, b] = [channels(stops[k]), channels(stops[k + 1])];
  return `rgb(${a.map((value, c) => Math.round(value + (b[c] - value) * (place - k))).join(' ')})`;
}

/** Whole decades of nats around 96 % of the losses of all models. */
function lossRange() {
  const all = map.models.flatMap((name) => [...map.views[name].losses]).sort((a, b) => a - b);
  const at = (share) => Math.log10(all[Math.round(share * (all.length - 1))]);
  const low = Math.max(-4, Math.floor(at(0.02)));
  return [low, Math.max(low + 1, Math.ceil(at(0.98)))];
}

/** Colour scheme of a pane: ``of`` maps a photo to its index in ``dots`` (colours) and ``names``. */
function scheme(pane) {
  const by = find('.by select').value;
  const grey = colour('--unseen');
  if (by === 'loss') return byLoss(pane);
  if (by === 'label' || by === 'predicted') {
    const said = by === 'label' ? (i) => map.label[i] : answers(pane);
    return { of: said, names: map.classes, dots: map.classes.map((_, k) => hue(k, map.classes.length)) };
  }
  if (by === 'changed') return { of: byChange(pane), names: CHANGES, dots: [grey, ...CHANGED[theme()]] };
  if (by === 'person') {
    const people = new Map(map.forgotten.map((person, k) => [person, k]));
    const rest = map.forgotten.length;
    return {
      of: (i) => (map.group[i] === 0 ? people.get(map.person[i]) : rest),
      names: [...map.forgotten.map((person) => map.people[person]), 'everybody else'],
      dots: [...map.forgotten.map((_, k) => hue(k, rest)), grey],
    };
  }
  return { of: (i) => map.group[i], names: [], dots: CONFIG.sets.map(({ name }) => colour(`--${name}`)) };
}

/** Changes of the answer against the original; before forgetting, of the unlearned model's answer. */
function byChange(pane) {
  const before = map.views.original.predicted;
  const now = pane.side || watching() || moment >= 0.5 ? answers(pane) : (i) => map.views.unlearned.predicted[i];
  return (i) => {
    const said = now(i);
    if (said === before[i]) return 0;
    return before[i] === map.label[i] ? 1 : said === map.label[i] ? 2 : 3;
  };
}

/** Colours by loss; between two models they are interpolated, as the places are. */
function byLoss(pane) {
  const [low, high] = map.lossRange;
  const names = pane.side || watching() ? [modelAt(pane)] : moment <= 1 ? ['original', 'unlearned'] : ['unlearned', 'retrained'];
  const [a, b] = [names[0], names.at(-1)].map((name) => map.views[name].losses);
  const share = names.length < 2 ? 0 : moment > 1 ? moment - 1 : moment;
  const level = (i) => (Math.log10(a[i]) * (1 - share) + Math.log10(b[i]) * share - low) / (high - low);
  return {
    of: (i) => Math.max(0, Math.min(LEVELS - 1, Math.floor(level(i) * LEVELS))),
    names: [],
    dots: [...Array(LEVELS).keys()].map((k) => ramp(k / (LEVELS - 1))),
  };
}

// ---- the legend ----------------------------------------------------------------------------------------------------

/** Legend of the colours; a click hides a class or a person. Empty while the colours show the sets. */
function paintColours() {
  const { of, names, dots } = scheme(panes[0]);
  const counts = new Array(names.length).fill(0);
  if (find('.by select').value === 'changed') for (let i = 0; i < map.n; i++) if (inFilm(i)) counts[of(i)] += 1;
  const items = names.slice(0, MOST_NAMED).map((name, k) => {
    const button = make('button');
    button.type = 'button';
    button.dataset.colour = k;
    button.setAttribute('aria-pressed', String(!off.has(k)));
    button.append(make('i'), make('span', 'name', name));
    button.firstChild.style.setProperty('--dot', dots[k]);
    if (names === CHANGES) button.append(make('span', 'count', counts[k].toLocaleString('en')));
    return button;
  });
  if (names.length > MOST_NAMED) items.push(make('span', '', `and ${names.length - MOST_NAMED} more`));
  if (find('.by select').value === 'loss') items.push(...rampLegend());
  find('.colours').replaceChildren(...items);
}

const nats = (loss) => (loss < 0.0001 ? 'less than 0.0001' : loss < 0.1 ? String(Number(loss.toPrecision(2))) : loss.toFixed(2));

function rampLegend() {
  const [low, high] = map.lossRange;
  const scale = make('span', 'ramp');
  const stops = [...Array(9).keys()].map((k) => ramp(k / 8));
  scale.append(make('i'));
  scale.firstChild.style.setProperty('--ramp', `linear-gradient(to right, ${stops.join(', ')})`);
  for (let exponent = low; exponent <= high; exponent++) {
    const tick = make('span', 'tickmark', String(Number((10 ** exponent).toPrecision(1))));
    tick.style.setProperty('--at', `${(100 * (exponent - low)) / (high - low)}%`);
    scale.append(tick);
  }
  const of = watching() ? 'of the unlearned model; losses were not recorded in between' : 'of the moment shown';
  return [make('span', '', 'Loss in nats:'), scale, make('span', 'soft', `High: the model is unsure or wrong. Losses ${of}.`)];
}
