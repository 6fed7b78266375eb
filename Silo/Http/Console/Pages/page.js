// What all parts of the page use. Text goes into the page as text only: names of peers may hold anything that can be printed.

export const byId = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }

  element.append(...children);
  return element;
}

export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

const svg = 'http://www.w3.org/2000/svg';

export function glyph(name) {
  const picture = document.createElementNS(svg, 'svg');
  picture.setAttribute('class', 'glyph');
  picture.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', `#g-${name}`);
  picture.append(use);
  return picture;
}

export const reglyph = (element, name) => element.querySelector('.glyph use').setAttribute('href', `#g-${name}`);

// Brings the children of an element in line with items: those that stay keep their focus.
export function keyed(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const child = known.get(key) ?? create(item);
    known.delete(key);
    child.dataset.key = key;
    update(child, item);
    if (child === before) {
      before = before.nextElementSibling;
    } else {
      parent.insertBefore(child, before);
    }
  }

  known.forEach((child) => child.remove());
}

export const count = (number) => Math.round(number).toLocaleString('en');
export const rate = (number) => number.toLocaleString('en', { maximumFractionDigits: number < 10 ? 1 : 0 });

export function milliseconds(number) {
  return number < 1000 ? `${number.toLocaleString('en', { maximumFractionDigits: number < 10 ? 1 : 0 })} ms`
    : `${(number / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} s`;
}

export const clock = (text) => new Date(text).toISOString().slice(11, 19);

// A line of figures; a description for those that do not see it is the element's label.
export function chart(picture, figures, most) {
  const [width, height] = [120, 32];
  const top = Math.max(1, ...figures);
  const x = (n) => width - ((figures.length - 1 - n) * width) / (most - 1);
  const points = figures.map((figure, n) => `${x(n).toFixed(1)},${(height - (figure / top) * (height - 2)).toFixed(1)}`);
  const part = (name, attributes) => {
    const element = picture.querySelector(name) ?? picture.appendChild(document.createElementNS(svg, name));
    Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  };
  part('line', { x1: 0, x2: width, y1: height, y2: height });
  part('polygon', { points: figures.length > 1 ? `${x(0).toFixed(1)},${height} ${points.join(' ')} ${width},${height}` : '' });
  part('polyline', { points: figures.length > 1 ? points.join(' ') : '' });
}

// One stop of the Tab key for many buttons: arrow keys move between them.
export function roving(container, selector) {
  const all = () => [...container.querySelectorAll(selector)];
  container.addEventListener('keydown', (event) => {
    const buttons = all();
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at >= 0 && to !== undefined && buttons[to]) {
      event.preventDefault();
      buttons[to].focus();
    }
  });
  container.addEventListener('focusin', (event) => {
    all().forEach((button) => { button.tabIndex = button === event.target ? 0 : -1; });
  });
  return () => {
    const buttons = all();
    if (buttons.length > 0 && !buttons.some((button) => button.tabIndex === 0)) {
      buttons[0].tabIndex = 0;
    }
  };
}
