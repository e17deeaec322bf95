// Notes, by the clock of the page, when each thing of a first visit is painted; read by first_visit.py.
// It looks once per frame. A face counts once its picture is decoded, the map once its canvas has several colours.
{
  const marks = (window.marks = {});
  const small = new OffscreenCanvas(24, 24).getContext('2d', { willReadFrequently: true });
  const painted = (canvas) => {
    small.clearRect(0, 0, 24, 24);
    small.drawImage(canvas, 0, 0, 24, 24);
    return new Set(new Uint32Array(small.getImageData(0, 0, 24, 24).data.buffer)).size > 3;
  };
  const inView = (selector) => {
    const found = document.querySelector(selector);
    return found?.checkVisibility() && found.getBoundingClientRect().width > 0 ? found : null;
  };
  let decoding = null;
  const face = () => {
    const found = inView('#people [role=option] .portrait');
    const sheet = found && /url\("(.+)"\)/.exec(getComputedStyle(found).backgroundImage)?.[1];
    if (!sheet || decoding) return decoding?.done;
    decoding = Object.assign(new Image(), { src: sheet });
    decoding.decode().then(() => (decoding.done = true));
  };
  const state = () => document.querySelector('#status [data-state]')?.dataset.state;
  const began = () => marks.click !== undefined;
  const tests = {
    faces: face,
    map: () => { const canvas = inView('#map canvas'); return canvas && canvas.width && painted(canvas); },
    verdict: () => inView('#verdict [data-badge=trace]'),
    answer: () => {
      const first = inView('#people [role=option]');
      if (!first || first.ariaSelected === 'true') return first;
      first.click();
    },
    progress: () => began() && ['running', 'mapping', 'control', 'done'].includes(state()),
    movement: () => began() && /Step [1-9]/.test(document.querySelector('#map figcaption')?.textContent),
    result: () => began() && document.querySelector('#verdict .tag')?.textContent === 'Your run',
    control: () => began() && state() === 'done',
  };
  window.unmark = (name) => delete tests[name];
  const look = () => {
    for (const [name, holds] of Object.entries(tests)) {
      if (!(name in marks) && holds()) marks[name] = performance.now();
    }
    requestAnimationFrame(look);
  };
  look();

  /** Milliseconds from the click on a tab's link until its content is painted. */
  window.openTab = ([title, selector]) => new Promise((done) => {
    const link = [...document.querySelectorAll('nav a[data-tab]')].find((each) => each.textContent.trim() === title);
    const start = performance.now();
    const look = () => {
      const found = document.querySelector(selector);
      if (found?.checkVisibility() && found.getBoundingClientRect().height > 0) {
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      } else requestAnimationFrame(look);
    };
    link.click();
    look();
  });
}
