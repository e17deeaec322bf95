// Time control: from before to after to retrained, or through the steps of the run.

const MORPH = 1200; // milliseconds from one model to the next
const FILM = 7000; // milliseconds of a whole film; a frame takes 120 to 900
let running = 0; // the animation frame of what plays
let pausing = 0; // the timer before it

const lastFrame = () => map.film.last;
const now = () => (watching() ? frame : moment);
const end = () => (watching() ? map.film.kept : 1); // a film plays until the state that the method kept

function stepWords(k) {
  const { steps, phases, total, kept } = map.film;
  if (k === 0 && live) return 'Before: the original';
  const phase = k === 0 ? 'the original' : phases[k];
  const step = `Step ${steps[k].toLocaleString('en')} of ${total.toLocaleString('en')}, ${phase}`;
  return !live && k === kept ? `${step}: the state that was kept` : step;
}

function momentWords() {
  if (watching()) return stepWords(frameNow());
  if (moment === 0) return 'Before: the original';
  if (moment === 1) return 'After: unlearned';
  if (moment === 2) return 'Retrained without them';
  return moment < 1 ? `${Math.round(100 * moment)} % of the way from before to after` : 'Moving to retrained';
}

function setTime(value) {
  if (watching()) frame = value;
  else moment = value;
  showTime();
}

function showTime() {
  const slider = find('.slider');
  slider.max = live ? map.film.total || 1 : watching() ? lastFrame() : 100;
  slider.value = live ? map.film.steps[frameNow()] : watching() ? frameNow() : Math.round(100 * Math.min(1, moment));
  showKept();
  slider.setAttribute('aria-label', watching() ? 'Steps of the run' : 'From before to after');
  slider.setAttribute('aria-valuetext', momentWords());
  const still = { '.before': !live && now() === 0, '.after': !live && now() === end(), '.third': !watching() && moment === 2 };
  for (const [button, pressed] of Object.entries(still)) find(button).setAttribute('aria-pressed', String(pressed));
  showCaptions();
  showLegend();
}

/** A mark below the slider at the step that was kept, unless that is the end of the slider. */
function showKept() {
  const mark = find('.kept');
  mark.hidden = live || !watching() || map.film.kept === lastFrame();
  if (!mark.hidden) mark.style.setProperty('--at', map.film.kept / lastFrame());
}

// ---- playing -------------------------------------------------------------------------------------------------------

function stopPlaying() {
  cancelAnimationFrame(running);
  clearTimeout(pausing);
  [running, moving, settling] = [0, false, null];
  showPlaying(false);
}

function showPlaying(on) {
  const button = find('.play');
  button.classList.toggle('plays', on);
  button.title = on ? 'Pause' : 'Play';
  button.setAttribute('aria-label', button.title);
}

/**
 * Animates to ``goal`` in ``lasts`` milliseconds; ``whole``: in whole frames, without interpolation; ``apart``:
 * milliseconds from one drawing to the next at least.
 */
function glide(goal, lasts, { whole = false, apart = 0 } = {}) {
  stopPlaying();
  const [start, from] = [performance.now(), now()];
  if (!(lasts > 0)) {
    setTime(goal);
    redraw();
    return;
  }
  showPlaying(true);
  moving = true;
  const step = (time) => {
    const share = Math.min(1, Math.max(0, time - start) / lasts);
    const place = from + (goal - from) * share;
    if (share === 1) stopPlaying();
    else next();
    setTime(share === 1 ? goal : whole ? Math.floor(place) : place);
    drawNow();
  };
  // a timer first: a browser that only waits for its next frame paints all the same
  const next = () => {
    if (apart) pausing = setTimeout(() => { running = requestAnimationFrame(step); }, apart);
    else running = requestAnimationFrame(step);
  };
  next();
}

const glideTo = (goal) => glide(goal, calm() ? 0 : MORPH * Math.min(1, Math.abs(goal - now())));

/** Plays or pauses. With reduced motion the film plays slowly in whole frames, and other changes are immediate. */
function play() {
  if (running) {
    stopPlaying();
    redraw();
    return;
  }
  if (now() >= end()) setTime(0);
  if (!watching()) {
    glideTo(1);
    return;
  }
  const each = calm() ? 900 : Math.max(120, Math.min(900, FILM / lastFrame()));
  glide(end(), each * Math.abs(end() - now()), { whole: calm() });
}

/** Switches the slider between the film and the models. */
function turnFilm(on) {
  stopPlaying();
  if (on && !filming) frame = moment < 0.5 ? 0 : map.film.kept;
  if (!on && filming && map.film) moment = frame >= map.film.kept / 2 ? 1 : 0;
  filming = on;
  if (hot >= 0 && !visible(hot)) point(-1);
  showTime();
  redraw();
}

function offerFilm() {
  const box = find('.steps input');
  box.disabled = !map.film;
  if (!map.film) filming = false;
  box.checked = filming;
}
