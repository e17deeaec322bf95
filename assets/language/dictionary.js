// Dictionary of one language: English sentences and templates as keys, the other language as values. In a template {#} is
// a number and {} is any words, which are translated in turn ("3 people" inside a sentence). In a value {1}, {2} may change
// the order. A bar | separates the text nodes of a sentence that contains bold words or links.

const NUMBER = '([-−+]?\\d(?:[\\d.,]*\\d)?(?:e[-+]?\\d+)?)';
const START = '(?=[A-Z\\d"–])'; // of a sentence
const WORDS = `((?:(?![.!?] ${START})[^|])+?)`; // of one sentence
const QUOTED = '([^|]+)'; // of several
const NEXT = new RegExp(`(?<=[.!?]) ${START}`);
const HOLE = /\{(#?)\}/;
const DEEPEST = 4; // of templates within templates
const LONGEST_NAME = 3; // words
const MOST_KEPT = 5000; // cached translations; changing numbers would fill the memory otherwise

const tidy = (text) => text.replace(/\s+/g, ' ').trim();

/** Regular expression of a template; its weight is the length of its fixed text, so that the closest template is tried first. */
function compile(key, value) {
  const parts = key.split(/\{#?\}/);
  const holes = [...key.matchAll(/("?)\{(#?)\}/g)].map((found) => (found[2] ? NUMBER : found[1] ? QUOTED : WORDS));
  const fixed = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const source = fixed.map((part, i) => part + (holes[i] ?? '')).join('');
  return { value, weight: parts.join('').length, pattern: new RegExp(`^${source}$`) };
}

/** Index key of a template: its longest fixed word, '' without one. Only texts that contain this word are compared. */
function drawer(key) {
  const fixed = key.split(' ').filter((word) => !HOLE.test(word) && !word.includes('|'));
  return fixed.reduce((best, word) => (word.length > best.length ? word : best), '');
}

/** The value with the matched words filled in; {} takes the next match, {2} the second. */
function fill(value, found) {
  let next = 0;
  return value.replace(/\{(\d*)#?\}/g, (_, place) => found[place ? place - 1 : next++] ?? '');
}

/** Returns text -> its translation or null. */
function dictionary(entries) {
  const exact = new Map();
  const drawers = new Map();
  for (const [key, value] of Object.entries(entries)) {
    if (!HOLE.test(key)) {
      exact.set(key, value);
      continue;
    }
    const made = compile(key, value);
    const place = drawer(key);
    if (!drawers.has(place)) drawers.set(place, []);
    drawers.get(place).push(made);
  }

  function byTemplate(text, depth) {
    const places = new Set(['', ...text.split(/[ |]/)]);
    const close = [...places].flatMap((place) => drawers.get(place) ?? []).sort((a, b) => b.weight - a.weight);
    for (const { pattern, value } of close) {
      const found = pattern.exec(text);
      const said = found && particles(fill(value, found.slice(1).map((each) => look(each, depth + 1) ?? each)));
      if (found && said !== text) return said;
    }
    return null;
  }

  /** Translates a list of sentences with as few entries as possible; null if one is unknown. */
  function bySentences(sentences, depth) {
    if (!sentences.length) return '';
    for (let count = sentences.length; count > 0; count -= 1) {
      const some = sentences.slice(0, count).join(' ');
      const found = count === 1 ? look(some, depth + 1) : exact.get(some) ?? byTemplate(some, depth + 1);
      const rest = found ? bySentences(sentences.slice(count), depth) : null;
      if (rest !== null) return `${found} ${rest}`.trim();
    }
    return null;
  }

  /** Translates sentences or the items of a list; in a list only short names and numbers may be unknown. */
  function byParts(text, depth) {
    if (text.includes('|')) return null; // text nodes of one sentence: only a template matches them
    const [, most, stop] = /^(.+)([.:])$/.exec(text) ?? [];
    const bare = most && look(most, depth + 1);
    if (bare) return bare + stop;
    const sentences = text.split(NEXT);
    if (sentences.length > 1) return bySentences(sentences, depth);
    for (const comma of [' · ', '; ', ': ', ', ']) {
      const items = text.split(comma);
      const known = items.map((each) => (items.length > 1 ? look(each, depth + 1) : null));
      const left = items.filter((each, i) => known[i] === null);
      if (left.length < items.length && left.every((each) => each.split(' ').length <= LONGEST_NAME)) {
        return items.map((each, i) => known[i] ?? each).join(comma);
      }
    }
    return null;
  }

  function look(text, depth) {
    if (exact.has(text)) return exact.get(text);
    if (depth > DEEPEST || !/[A-Za-z]/.test(text)) return null;
    return byTemplate(text, depth) ?? byParts(text, depth);
  }

  const kept = new Map();
  return function translate(given) {
    const text = tidy(given);
    if (!kept.has(text)) {
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(text, look(text, 0));
    }
    return kept.get(text);
  };
}

// ---- Korean particles --------------------------------------------------------------------------------------------

// Digits and letters whose Korean reading ends in a consonant; after an l sound the particle is 로.
const CLOSED = '013678lmnLMNR';
const LIQUID = '178lLR';
const OPENED = { 은: '는', 이: '가', 을: '를', 과: '와', 으로: '로' };

/** "3명은(는)" -> "3명은": the form depends on the last sound before it. */
function particles(text) {
  return text.replace(/(.)(["'”’)\]]?)(은\(는\)|이\(가\)|을\(를\)|과\(와\)|으로\(로\))/gu, (whole, last, mark, both) => {
    const code = last.charCodeAt(0) - 0xac00;
    const form = both.split('(')[0];
    let [closed, l] = [CLOSED.includes(last), LIQUID.includes(last)];
    if (code >= 0 && code < 11172) [closed, l] = [code % 28 !== 0, code % 28 === 8];
    else if (!/[\w%+]/.test(last)) return whole;
    return last + mark + (closed && !(form === '으로' && l) ? form : OPENED[form]);
  });
}
