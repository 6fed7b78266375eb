import { byId, count, glyph, keyed, make, reglyph, roving, say } from '/console/page.js';
import { confirmOrder } from '/console/orders.js';

const states = {
  alive: ['alive', 'good'], putOnly: ['put-only', 'off'], slow: ['slow', 'warn'], draining: ['draining', 'calm'], drained: ['drained', 'calm'],
  readOnly: ['read-only', 'warn'], silent: ['no answer', 'bad'], cutOff: ['cut off', 'bad'], dead: ['dead', 'bad'], away: ['away', 'warn'],
};
const dense = 24;

let operates = false;
let shown = null;
let peers = new Map();
let owed = new Map();

const map = byId('map');
const settle = roving(map, '.peer');

export function setOperates(value) {
  operates = value;
  showPeer();
}

export function showMap(document) {
  say(byId('cluster'), document.cluster ? ` in cluster ${document.cluster}` : '');
  byId('headline').dataset.mood = document.mood;
  say(byId('headline-text'), document.headline);
  peers = new Map();
  keyed(map, document.regions, (region) => region.name, createRegion, updateRegion);
  settle();
  showLegend();
  showLinks(document.links);
  showPeer();
}

export function showOwedOfPeer(document) {
  owed = new Map(document.rows.map((row) => [row.peer, row]));
  showPeer();
}

function createRegion() {
  const region = make('section', { class: 'region' }, make('h3'), make('div', { class: 'zones' }));
  return region;
}

function updateRegion(element, region) {
  say(element.firstElementChild, region.cluster ? `${region.name} (cluster ${region.cluster})` : region.name);
  element.setAttribute('aria-label', `Region ${region.name}`);
  keyed(element.lastElementChild, region.zones, (zone) => zone.name,
    () => make('div', { class: 'zone', role: 'group' }, make('h4'), make('div', { class: 'peers' })),
    (child, zone) => {
      say(child.firstElementChild, zone.name);
      child.setAttribute('aria-label', `Zone ${zone.name}`);
      child.classList.toggle('dense', zone.peers.length > dense);
      keyed(child.lastElementChild, zone.peers, (peer) => peer.id, createPeer, (button, peer) => {
        peers.set(peer.id, { ...peer, region: region.name, zone: zone.name });
        updatePeer(button, peer);
      });
    });
}

function createPeer(peer) {
  const button = make('button', { type: 'button', class: 'peer', tabindex: '-1', 'aria-pressed': 'false' },
    glyph(peer.state), make('span', { class: 'name' }), make('span', { class: 'word' }));
  button.addEventListener('click', () => select(peer.id));
  return button;
}

function updatePeer(button, peer) {
  const [word, tone] = states[peer.state];
  button.dataset.state = peer.state;
  button.dataset.tone = tone;
  button.dataset.peer = peer.id;
  button.title = peer.text ?? '';
  button.setAttribute('aria-label', `${peer.id}, ${word}`);
  reglyph(button, peer.state);
  say(button.querySelector('.name'), peer.id);
  say(button.querySelector('.word'), word);
}

function showLegend() {
  const counts = new Map();
  peers.forEach((peer) => counts.set(peer.state, (counts.get(peer.state) ?? 0) + 1));
  keyed(byId('map-legend'), Object.keys(states).filter((state) => counts.has(state)), (state) => state,
    (state) => make('li', { 'data-tone': states[state][1] }, glyph(state), make('span')),
    (item, state) => say(item.lastElementChild, `${count(counts.get(state))} ${states[state][0]}`));
}

const linkWords = { up: ['up', 'alive', 'good'], doubtful: ['doubtful', 'slow', 'warn'], healing: ['healing', 'slow', 'warn'], cutOff: ['cut off', 'cutOff', 'bad'] };

function showLinks(links) {
  byId('links').hidden = links.length === 0;
  keyed(byId('links'), links, (link) => `${link.cluster} ${link.state} ${link.hasDropped}`,
    (link) => make('li', { 'data-tone': linkWords[link.state][2] }, glyph(linkWords[link.state][1]), make('span')),
    (item, link) => say(item.lastElementChild,
      `The link to cluster ${link.cluster} (${link.regions.join(', ')}) is ${linkWords[link.state][0]} since ${link.since.slice(0, 16).replace('T', ' ')} UTC, `
      + `as seen by ${link.seenBy.join(', ')}.${link.hasDropped ? ' It says that this cluster was dropped from the store.' : ''}`));
}

function select(id) {
  const isOther = shown !== id;
  shown = isOther ? id : null;
  say(byId('peer-said'), '');
  showPeer();
  if (isOther) {
    byId('peer-name').focus();
  }
}

function close() {
  const id = shown;
  shown = null;
  showPeer();
  map.querySelector(`.peer[data-peer="${CSS.escape(id ?? '')}"]`)?.focus();
}

function showPeer() {
  const peer = peers.get(shown);
  map.querySelectorAll('.peer[aria-pressed="true"]').forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.peer === shown)));
  if (!peer) {
    byId('peer').hidden = true;
    return;
  }

  map.querySelector(`.peer[data-peer="${CSS.escape(shown)}"]`)?.setAttribute('aria-pressed', 'true');
  byId('peer').hidden = false;
  say(byId('peer-name'), peer.id);
  const facts = [`Region ${peer.region}, zone ${peer.zone}`, states[peer.state][0], peer.stores ? null : 'stores nothing', peer.cluster ? `cluster ${peer.cluster}` : null,
    peer.version ? `version ${peer.version.split('+')[0]}` : null];
  say(byId('peer-facts'), facts.filter(Boolean).join(' · '));
  say(byId('peer-text'), peer.text ?? 'It answers, and takes copies.');
  const row = owed.get(peer.id);
  say(byId('peer-owed'), row ? `${row.blocks === undefined ? '' : `It owes ${count(row.blocks)} blocks. `}${row.text}` : '');
  showOrders(peer);
}

const orders = {
  drain: (peer) => ['alive', 'slow', 'readOnly', 'silent', 'dead', 'away', 'putOnly'].includes(peer.state),
  undrain: (peer) => ['draining', 'drained'].includes(peer.state),
  drop: () => true,
};

function showOrders(peer) {
  const can = operates && !peer.cluster ? Object.keys(orders).filter((order) => orders[order](peer)) : [];
  keyed(byId('peer-orders'), [...can, ...(peer.endpoint ? ['open'] : [])], (order) => order,
    (order) => (order === 'open' ? make('a', { rel: 'noreferrer' }, 'Its own console') : orderButton(order)),
    (item, order) => {
      if (order === 'open') {
        item.href = /^https?:\/\//.test(peer.endpoint) ? `${peer.endpoint.replace(/\/$/, '')}/console` : '#';
      }
    });
}

const words = { drain: 'Drain…', undrain: 'Take back into use…', drop: 'Drop…' };

function orderButton(order) {
  const button = make('button', { type: 'button', 'data-order': order }, words[order]);
  button.addEventListener('click', async () => {
    const peer = peers.get(shown);
    const said = await confirmOrder(order, peer);
    if (said) {
      say(byId('peer-said'), said);
    }

    (button.isConnected ? button : byId('peer-name')).focus();
  });
  return button;
}

byId('peer-close').addEventListener('click', close);
byId('peer').addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    close();
  }
});
