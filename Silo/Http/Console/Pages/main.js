import { byId, clock, say } from '/console/page.js';
import { ask, hasKey, useKey, watch } from '/console/session.js';
import { showMap, setOperates, showOwedOfPeer } from '/console/map.js';
import { showConditions, showDecisions, showIntervals, showOwed, showPuts } from '/console/panels.js';
import '/console/explain.js';

const shows = {
  map: showMap,
  puts: showPuts,
  owed: (document) => { showOwed(document); showOwedOfPeer(document); },
  intervals: showIntervals,
  decisions: showDecisions,
  conditions: showConditions,
  at: ({ at }) => setLive('yes', `live, ${clock(at)} UTC`),
};

function setLive(state, text) {
  byId('live').dataset.live = state;
  say(byId('live-text'), text);
}

const wait = (time) => new Promise((resolve) => { setTimeout(resolve, time); });

function askForKey(fault) {
  byId('board').hidden = true;
  byId('sign-in').hidden = false;
  byId('sign-in-fault').hidden = !fault;
  say(byId('sign-in-fault'), fault ?? '');
  setLive('wait', 'not signed in');
  byId('key').focus();
}

async function begin() {
  const session = await (await ask('session')).json();
  byId('sign-in').hidden = true;
  byId('board').hidden = false;
  byId('forget').hidden = !hasKey();
  say(byId('caller'), session.caller === null ? '' : `${session.caller}, ${session.operates ? 'operator' : 'reader'}`);
  say(byId('silo'), session.silo);
  document.title = `${session.silo} – AllData console`;
  setOperates(session.operates);
}

let stopping = new AbortController();

async function run() {
  const { signal } = stopping;
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 8000)) {
    try {
      await begin();
      await watch((name, document) => { pause = 500; shows[name]?.(document); }, signal);
    } catch (failure) {
      if (failure.status === 401 || failure.status === 403) {
        askForKey(hasKey() || failure.status === 403 ? failure.message : null);
        return;
      }
    }

    if (!signal.aborted) {
      setLive('no', 'no answer from the silo: what is shown is old');
      await wait(pause);
    }
  }
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  useKey(byId('key').value.trim());
  byId('key').value = '';
  run();
});

byId('forget').addEventListener('click', () => {
  useKey(null);
  stopping.abort();
  stopping = new AbortController();
  setOperates(false);
  run();
});

run();
