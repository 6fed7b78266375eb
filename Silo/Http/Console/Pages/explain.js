import { byId, clock, glyph, make } from '/console/page.js';
import { ask } from '/console/session.js';

const states = {
  held: ['alive', 'good', 'holds it'], extra: ['drained', 'calm', 'keeps it for another'], missing: ['dead', 'bad', 'owes it'], unknown: ['unknown', 'bad', 'not known'],
  believed: ['putOnly', 'off', 'believed'], replaced: ['away', 'off', 'replaced'],
};

const named = (name, rest) => make('span', {}, make('span', { class: 'name' }, name), ` ${rest}`);

function copyOf({ peer, location, state, meaning }) {
  const [picture, tone] = states[state];
  return make('li', { 'data-tone': tone, 'data-state': state }, glyph(picture), named(peer, `${location ? `(${location}): ` : ''}${meaning}.`.replace(/\.\.$/, '.')));
}

function show(explanation) {
  const parts = [
    make('p', {}, explanation.sentence),
    make('p', { class: 'quiet' }, `Asked at ${clock(new Date())} UTC. It stays as it was then: ask again to see what has changed.`),
  ];
  for (const event of explanation.events) {
    parts.push(make('div', { class: 'explained' },
      make('p', {}, make('b', {}, event.sentence)),
      make('ul', { class: 'copies', 'aria-label': 'Copies' }, ...event.copies.map(copyOf)),
      make('p', {}, make('code', {}, `digest ${event.digest}`))));
  }

  // Those that are meant to hold a copy have their reason above.
  const told = new Set(explanation.events.flatMap((event) => event.copies.map((copy) => copy.peer)));
  const silent = explanation.silent.filter(({ peer }) => !told.has(peer));
  if (silent.length > 0) {
    parts.push(make('div', { class: 'explained' }, make('p', {}, make('b', {}, 'Without an answer')), make('ul', { class: 'copies' },
      ...silent.map(({ peer, reason }) => make('li', { 'data-tone': 'bad' }, glyph('silent'), named(peer, reason))))));
  }

  byId('explained').replaceChildren(...parts);
}

byId('explain').addEventListener('submit', async (event) => {
  event.preventDefault();
  const key = byId('explain-key').value.trim();
  byId('explained').replaceChildren(make('p', { class: 'quiet' }, 'Asking all peers.'));
  try {
    show(await (await ask(`explain/${encodeURIComponent(key)}`)).json());
  } catch (failure) {
    byId('explained').replaceChildren(make('p', { class: 'fault', role: 'alert' }, failure.message));
  }
});
