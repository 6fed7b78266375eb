import { byId, chart, clock, count, glyph, keyed, make, milliseconds, rate, reglyph, roving, say } from '/console/page.js';

export function showPuts(document) {
  say(byId('puts-rate'), rate(document.perSecond));
  chart(byId('puts-chart'), document.history, 60);
  byId('puts').hidden = document.rows.length === 0;
  byId('puts-none').hidden = document.rows.length > 0;
  keyed(byId('puts-rows'), document.rows, (row) => `${row.level} ${row.outcome}`,
    () => make('tr', {}, make('td'), make('td'), make('td', { class: 'n' }), make('td', { class: 'n' }), make('td', { class: 'n' })),
    (line, row) => {
      line.children[1].className = row.isStored ? '' : 'fault';
      [row.level, row.outcome, rate(row.perSecond), milliseconds(row.median), milliseconds(row.slowest)].forEach((text, n) => say(line.children[n], text));
    });
}

export function showOwed(document) {
  const { blocks, events, perSecond, rows, more } = document;
  say(byId('owed-blocks'), count(blocks));
  say(byId('owed-words'), blocks === 0 ? 'blocks are owed'
    : `${blocks === 1 ? 'block' : 'blocks'}, ${count(events)} events${perSecond > 0 ? `; ${rate(perSecond)} blocks a second are fetched` : ''}`);
  chart(byId('owed-chart'), document.history, 120);
  byId('owed-chart').toggleAttribute('hidden', document.history.length === 0);
  const most = Math.max(1, ...rows.map((row) => row.blocks ?? 0));
  keyed(byId('owed'), rows, (row) => row.peer,
    () => make('li', {}, make('div', { class: 'row' }, make('span', { class: 'name' }), make('span')), make('div', { class: 'bar', 'aria-hidden': 'true' }, make('span')), make('p', { class: 'quiet' })),
    (item, row) => {
      const [line, bar, text] = item.children;
      say(line.firstElementChild, row.peer);
      say(line.lastElementChild, row.blocks === undefined ? 'not known' : row.blocks > 0 ? `${count(row.blocks)} blocks` : 'comparing');
      bar.hidden = !row.blocks;
      bar.firstElementChild.style.width = `${(100 * (row.blocks ?? 0)) / most}%`;
      say(text, row.text);
    });
  byId('owed-more').hidden = more === 0;
  say(byId('owed-more'), `${count(more)} further peers owe something.`);
}

const moods = {
  open: ['open', 'calm'], closing: ['closing', 'calm'], closed: ['closed', 'off'], sealed: ['sealed', 'good'], degraded: ['degraded', 'warn'],
  unknown: ['unknown', 'bad'],
};
const strip = byId('intervals');
const settle = roving(strip, '.interval');
let rows = [];
let chosen = null;

export function showIntervals(document) {
  ({ rows } = document);
  keyed(strip, rows, (row) => row.interval, createInterval, (button, row) => {
    const [word, tone] = moods[row.state];
    button.dataset.tone = tone;
    button.dataset.state = row.state;
    reglyph(button, row.state);
    button.setAttribute('aria-label', `${nameOf(row)}, ${word}`);
  });
  settle();
  const counts = Map.groupBy(rows, (row) => row.state);
  keyed(byId('interval-legend'), Object.keys(moods).filter((state) => counts.has(state)), (state) => state,
    (state) => make('li', { 'data-tone': moods[state][1] }, glyph(state), make('span')),
    (item, state) => say(item.lastElementChild, `${count(counts.get(state).length)} ${moods[state][0]}`));
  tell();
}

const nameOf = (row) => {
  const start = row.interval.slice(0, 15);
  const day = `${start.slice(0, 4)}-${start.slice(4, 6)}-${start.slice(6, 8)}`;
  return row.interval.endsWith('/P1D') ? day : `${day} ${start.slice(9, 11)}:${start.slice(11, 13)} UTC`;
};

function createInterval(row) {
  const button = make('button', { type: 'button', class: 'interval', tabindex: '-1', 'aria-pressed': 'false' }, glyph(row.state));
  const choose = () => { chosen = button.dataset.key; tell(); };
  button.addEventListener('click', choose);
  button.addEventListener('focus', choose);
  return button;
}

// Without a choice, the one that needs a look most, or the latest.
function tell() {
  const worst = ['unknown', 'degraded'].map((state) => rows.findLast((row) => row.state === state)).find(Boolean);
  const row = rows.find((one) => one.interval === chosen) ?? worst ?? rows.at(-1);
  if (row) {
    strip.querySelectorAll('.interval').forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.key === row.interval)));
    const word = ['degraded', 'unknown'].includes(row.state) ? `, ${row.state}` : '';
    say(byId('interval-text'), `${nameOf(row)}${word}: ${row.text} ${count(row.peers)} ${row.peers === 1 ? 'peer holds' : 'peers hold'} `
      + `something of it; the one with most has ${count(row.events)} events.`);
  }
}

export function showDecisions(document) {
  byId('decisions-none').hidden = document.rows.length > 0;
  keyed(byId('decisions'), document.rows, (row) => row.number,
    () => make('li', {}, make('time'), make('span', { class: 'kind' }), make('span', { class: 'text' })),
    (item, row) => {
      item.firstElementChild.dateTime = row.at;
      item.dataset.kind = row.kind;
      [clock(row.at), row.kind, row.text].forEach((text, n) => say(item.children[n], text));
    });
}

export function showConditions(document) {
  keyed(byId('conditions'), document.rows, (row) => `${row.code} ${row.text}`, () => make('li', {}, make('code'), make('span')), (item, row) => {
    say(item.firstElementChild, row.code);
    say(item.lastElementChild, ` at ${row.peers.join(', ')}${row.stopsPuts ? ', puts there fail' : ''}: ${row.text}`);
  });
}
