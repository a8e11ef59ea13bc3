'use strict';
// A crosshair over all charts of a time axis, and the stretch of a finding lit in them.
(() => {
  const places = 100000;

  // The last place in a sorted list that is not above `x`; -1 if all are.
  const lastUpTo = (list, x) => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  for (const group of document.querySelectorAll('.charts')) {
    const source = group.querySelector('script[type="application/json"]');
    if (!source) continue;
    const { tracks, lines, gaps, marks } = JSON.parse(source.textContent);
    const cursor = group.querySelector('.cursor');
    const hair = cursor.firstElementChild;
    const readout = group.querySelector('.readout');
    const text = readout.firstElementChild;
    const hint = [...text.childNodes];
    const outputs = [...group.querySelectorAll('[data-line]')];
    const before = outputs.map((output) => output.textContent);
    const main = tracks.reduce((a, b) => (b.at.length > a.at.length ? b : a));
    let step = -1;

    readout.hidden = false;
    cursor.hidden = false;
    cursor.setAttribute('aria-valuemin', '1');
    cursor.setAttribute('aria-valuemax', String(main.at.length));
    cursor.setAttribute('aria-valuenow', String(main.at.length));
    cursor.setAttribute('aria-valuetext', 'no time selected');

    const show = (x) => {
      const found = tracks.map((track) => {
        const index = lastUpTo(track.from, x);
        return index >= 0 && x <= track.to[index] ? index : -1;
      });
      const first = found.findIndex((index) => index >= 0);
      const at = first >= 0 ? tracks[first].at[found[first]] : x;
      hair.style.left = `${(at / places) * 100}%`;
      cursor.classList.add('on');
      readout.classList.add('on');
      const words = [];
      if (first >= 0) words.push(tracks[first].time[found[first]]);
      else {
        const gap = gaps.find(([from, to]) => from <= x && x <= to);
        words.push(gap ? gap[2] : 'no data here');
      }
      const near = marks.filter(([place]) => Math.abs(place - at) < places / 150);
      words.push(...new Set(near.map(([, label]) => label)));
      text.textContent = words.join(' · ');
      lines.forEach((line, index) => {
        const place = found[line.track];
        outputs[index].textContent = (place >= 0 && line.values[place]) || '–';
      });
      const mainIndex = found[tracks.indexOf(main)];
      if (mainIndex >= 0) {
        step = mainIndex;
        cursor.setAttribute('aria-valuenow', String(step + 1));
      }
      const values = outputs.map((output) => output.parentElement.textContent.trim());
      cursor.setAttribute('aria-valuetext', [text.textContent, ...values].join(', '));
    };

    const hide = () => {
      cursor.classList.remove('on');
      readout.classList.remove('on');
      text.replaceChildren(...hint);
      outputs.forEach((output, index) => { output.textContent = before[index]; });
      cursor.setAttribute('aria-valuetext', 'no time selected');
      step = -1;
    };

    const point = (event) => {
      const box = cursor.getBoundingClientRect();
      const part = (event.clientX - box.left) / box.width;
      show(Math.round(Math.min(Math.max(part, 0), 1) * places));
    };
    cursor.addEventListener('pointermove', point);
    cursor.addEventListener('pointerdown', point);
    cursor.addEventListener('pointerleave', (event) => {
      // A finger that is lifted leaves the values to be read.
      if (event.pointerType === 'mouse') hide();
    });

    const go = (to) => {
      step = Math.min(Math.max(to, 0), main.at.length - 1);
      if (step >= 0) show(main.at[step]);
    };
    cursor.addEventListener('keydown', (event) => {
      const from = step < 0 ? main.at.length : step;
      const moves = {
        ArrowLeft: from - 1, ArrowRight: step < 0 ? 0 : step + 1, ArrowDown: from - 1,
        ArrowUp: step < 0 ? 0 : step + 1, PageUp: from - 10, PageDown: step < 0 ? 0 : step + 10,
        Home: 0, End: main.at.length - 1,
      };
      if (event.key === 'Escape') hide();
      else if (event.key in moves && !event.ctrlKey && !event.metaKey && !event.altKey) {
        go(moves[event.key]);
        event.preventDefault();
      }
    });
    cursor.addEventListener('blur', hide);
  }

  const light = (hash) => {
    const match = /^#([a-z]+)-(f[0-9]+)$/.exec(hash);
    for (const element of document.querySelectorAll('[data-finding]')) {
      element.classList.toggle('on', Boolean(match) && element.dataset.finding === match[2]);
    }
    const group = match && document.getElementById(match[1]);
    if (!group) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    group.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
  };
  addEventListener('hashchange', () => light(location.hash));
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    // Once more for the same one, which changes no hash.
    if (link.hash === location.hash) light(link.hash);
  });
  light(location.hash);
})();
