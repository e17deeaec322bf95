// Lanes of a race. Values may arrive ten times a second, so lanes are created once and then only updated.

const made = new Map(); // method -> the parts of its lane
let drawn = '';

function makeLane(lane) {
  const row = make('li', 'lane');
  const who = make('div', 'who');
  who.append(sign(lane.mark), make('span', '', lane.title));
  const track = make('div', 'track');
  track.setAttribute('role', 'progressbar');
  track.setAttribute('aria-label', lane.title);
  track.setAttribute('aria-valuemin', '0');
  track.setAttribute('aria-valuemax', '100');
  const parts = lane.parts.map(() => {
    const part = make('span', 'part');
    part.append(make('i'));
    return part;
  });
  track.append(...parts);
  const doing = make('div', 'doing');
  const [text, rest] = [make('span'), make('span', 'rest')];
  doing.append(text, rest);
  const result = make('div', 'result');
  row.append(who, track, doing, result);
  made.set(lane.method, { row, track, parts, text, rest, result });
  return row;
}

function paintLane(lane) {
  const { row, track, parts, text, rest, result } = made.get(lane.method);
  row.dataset.state = lane.state;
  lane.parts.forEach(({ state, share }, i) => {
    parts[i].dataset.state = state;
    parts[i].style.setProperty('--share', share);
  });
  const whole = lane.parts.reduce((sum, { share }) => sum + share, 0) / lane.parts.length;
  track.setAttribute('aria-valuenow', Math.round(100 * whole));
  track.setAttribute('aria-valuetext', lane.text);
  text.textContent = lane.text;
  rest.textContent = lane.left;
  const shown = `${lane.result} ${lane.verdict?.text}`;
  if (result.dataset.shown !== shown) {
    result.dataset.shown = shown;
    const said = make('span', 'verdict', lane.verdict?.text ?? '');
    said.dataset.label = lane.verdict?.label ?? '';
    result.replaceChildren(...(lane.result ? [said, make('small', '', 'NoMUS'), make('b', '', lane.result)] : []));
  }
}

function paint() {
  const value = props.value ?? {};
  const lanes = value.lanes ?? [];
  find('.race').hidden = !lanes.length;
  if (!lanes.length) return;
  const names = JSON.stringify(lanes.map(({ method, parts }) => [method, parts.length]));
  if (names !== drawn) {
    made.clear();
    find('.lanes').replaceChildren(...lanes.map(makeLane));
    drawn = names;
  }
  lanes.forEach(paintLane);
  find('.headline').textContent = value.headline;
  find('.left').textContent = value.left;
  const status = find('[role="status"]');
  if (status.textContent !== value.spoken) status.textContent = value.spoken;
}

const repaint = oncePerFrame(paint);
watch('value', repaint);
paint();
