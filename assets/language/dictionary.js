// One language's dictionary: English sentences and templates on the left, the other language on the right. In a template
// {#} stands for a number and {} for any words, which are looked up in turn ("3 people" inside a sentence); on the right
// {1}, {2} may change the order. A bar | separates the pieces of a sentence that has bold words or links in it.

const NUMBER = '([-−+]?\\d(?:[\\d.,]*\\d)?(?:e[-+]?\\d+)?)';
const START = '(?=[A-Z\\d"–])'; // of a sentence
const WORDS = `((?:(?![.!?] ${START})[^|])+?)`; // of one sentence
const QUOTED = '([^|]+)'; // of several
const NEXT = new RegExp(`(?<=[.!?]) ${START}`);
const HOLE = /\{(#?)\}/;
const DEEPEST = 4; // of templates within templates
const LONGEST_NAME = 3; // words
const MOST_KEPT = 5000; // answers; running numbers would fill the memory otherwise

const tidy = (text) => text.replace(/\s+/g, ' ').trim();

/** Longer fixed text first, so that the closest template wins. */
function compile(key, value) {
  const parts = key.split(/\{#?\}/);
  const holes = [...key.matchAll(/("?)\{(#?)\}/g)].map((found) => (found[2] ? NUMBER : found[1] ? QUOTED : WORDS));
  const fixed = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const source = fixed.map((part, i) => part + (holes[i] ?? '')).join('');
  return { value, weight: parts.join('').length, pattern: new RegExp(`^${source}$`) };
}

/** The longest word of a template that stands there as it is: only texts that have it are compared; '' without one. */
function drawer(key) {
  const fixed = key.split(' ').filter((word) => !HOLE.test(word) && !word.includes('|'));
  return fixed.reduce((best, word) => (word.length > best.length ? word : best), '');
}

/** The value with what was found; {} takes the next place, {2} the second. */
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

  /** All of them must be known, as many at a time as one entry has. */
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

  /** Of a list all must be known but names and numbers. */
  function byParts(text, depth) {
    if (text.includes('|')) return null; // pieces of one sentence, which only a template knows
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

// Spoken, these digits and letters end in a consonant; after an l sound stands 로.
const CLOSED = '013678lmnLMNR';
const LIQUID = '178lLR';
const OPENED = { 은: '는', 이: '가', 을: '를', 과: '와', 으로: '로' };

/** "3명은(는)" -> "3명은": which form follows depends on the sound before. */
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
