import { byId, count, say } from '/console/page.js';
import { ask, lines } from '/console/session.js';

const texts = {
  drain: (peer) => [`Drain ${peer.id}?`, 'It gets no new copies from then on, and others fetch what it holds. It can be taken back into use at any time.', 'Drain it', 'calm'],
  undrain: (peer) => [`Take ${peer.id} back into use?`, 'It gets new copies again, and has its place in its copysets.', 'Take it back', 'calm'],
  drop: (peer) => [`Drop ${peer.id}?`, peer.state === 'drained'
    ? 'It is drained: all that it holds has its copies elsewhere. It leaves the cluster for good, and its silo cannot announce itself back.'
    : 'It leaves the cluster for good. First the copies are counted that would be left without it.', 'Drop it', 'strong'],
};
const done = {
  drain: (peer) => `${peer.id} is draining.`,
  undrain: (peer) => `${peer.id} is in use again.`,
  drop: (peer) => `${peer.id} is dropped.`,
};

const dialog = byId('confirm');

// Asks the operator and gives the order; what was done in a sentence, or null.
export async function confirmOrder(order, peer) {
  const [title, text, yes, tone] = texts[order](peer);
  const counting = new AbortController();
  say(byId('confirm-title'), title);
  say(byId('confirm-text'), text);
  say(byId('confirm-yes'), yes);
  byId('confirm-yes').className = tone;
  byId('confirm-fault').hidden = true;
  byId('confirm-yes').disabled = order === 'drop' && peer.state !== 'drained';
  byId('confirm-count').hidden = true;
  dialog.showModal();
  byId('confirm-no').focus();
  if (byId('confirm-yes').disabled) {
    countFor(peer, counting.signal);
  }

  try {
    return await answerOf(order, peer);
  } finally {
    counting.abort();
    dialog.close();
  }
}

function answerOf(order, peer) {
  return new Promise((resolve) => {
    const listening = new AbortController();
    const end = (said) => { listening.abort(); resolve(said); };
    byId('confirm-no').addEventListener('click', () => end(null), { signal: listening.signal });
    dialog.addEventListener('close', () => end(null), { signal: listening.signal });
    byId('confirm-yes').addEventListener('click', async () => {
      byId('confirm-yes').disabled = true;
      try {
        await ask(`peers/${encodeURIComponent(peer.id)}/${order}`, { method: 'POST' });
        end(done[order](peer));
      } catch (failure) {
        fail(failure.message);
        byId('confirm-yes').disabled = false;
        byId('confirm-yes').focus();
      }
    }, { signal: listening.signal });
  });
}

function fail(text) {
  byId('confirm-progress').hidden = true;
  byId('confirm-fault').hidden = false;
  say(byId('confirm-fault'), text);
}

async function countFor(peer, signal) {
  byId('confirm-count').hidden = false;
  byId('confirm-progress').hidden = false;
  byId('confirm-progress').removeAttribute('value');
  say(byId('confirm-counted'), 'Counting copies.');
  try {
    let last = null;
    for await (const line of lines(await ask(`peers/${encodeURIComponent(peer.id)}/departure`, { signal }), '\n')) {
      last = JSON.parse(line);
      byId('confirm-progress').value = last.isEnded ? 1 : last.minutesChecked / Math.max(1, last.minutesTotal);
      say(byId('confirm-counted'), `${count(last.blocks)} blocks looked at, of which ${count(last.shortBlocks)} would have too few copies`
        + `${last.lostBlocks > 0 ? `, and ${count(last.lostBlocks)} none` : ''}.`);
    }

    if (last === null || !last.isEnded) {
      fail('The count ended before all was looked at. Try again.');
    } else if (last.whyKept) {
      fail(last.whyKept);
    } else {
      byId('confirm-yes').disabled = false;
    }
  } catch (failure) {
    if (!signal.aborted) {
      fail(failure.message);
    }
  }
}
