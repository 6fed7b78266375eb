// What the page asks of its silo. An API key is kept here, in memory, and nowhere else.

let key = null;

export const hasKey = () => key !== null;
export const useKey = (text) => { key = text; };

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function ask(path, options = {}) {
  const headers = { ...(options.headers ?? {}), ...(key === null ? {} : { Authorization: `Bearer ${key}` }) };
  const answer = await fetch(`/console/${path}`, { cache: 'no-store', ...options, headers });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Refused(answer.status, problem.detail ?? problem.title ?? `The silo answered ${answer.status}.`);
  }

  return answer;
}

// Whole lines of a body, as they come.
export async function* lines(answer, ends) {
  const decoder = new TextDecoder();
  let rest = '';
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }

    rest += decoder.decode(value, { stream: true });
    for (let at = rest.indexOf(ends); at >= 0; at = rest.indexOf(ends)) {
      yield rest.slice(0, at);
      rest = rest.slice(at + ends.length);
    }
  }
}

const silence = 6000;

// Server-sent events by fetch: EventSource cannot send a key.
export async function watch(onEvent, stop) {
  const aborting = new AbortController();
  stop.addEventListener('abort', () => aborting.abort(), { once: true });
  let timer = setTimeout(() => aborting.abort(), silence);
  try {
    for await (const text of lines(await ask('stream', { signal: aborting.signal }), '\n\n')) {
      clearTimeout(timer);
      timer = setTimeout(() => aborting.abort(), silence);
      const event = Object.fromEntries(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
      if (event.data) {
        onEvent(event.event, JSON.parse(event.data));
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
