// What every page has: light and dark, suggestions in the search box, tables that sort by a column.
'use strict';

const corridor = {};

(() => {
  const root = document.documentElement;
  const { labels, language, texts } = JSON.parse(document.getElementById('texts').textContent);

  // A written file or a private window may have no storage; then the choice lasts as long as the page.
  const remembered = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem('theme', theme); } catch { /* see above */ } };

  // A text of the page's language, its values put in; the page brings the texts of all scripts.
  corridor.said = (key, values = {}) => texts[key].replace(/{(\w+)}/g, (_, name) => values[name]);

  corridor.element = (tag, text = '', attributes = {}) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  corridor.save = (blob, form, name = document.title) => {
    const link = corridor.element('a', '', { download: `${name}.${form}` });
    link.href = URL.createObjectURL(blob);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  // What the server answers to a question with a body; an error says why.
  corridor.posted = async (address, body) => {
    const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error((await answer.json()).error.message);
    return answer;
  };

  corridor.isDark = () => (root.dataset.theme
    ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);

  function setTheme(theme) {
    root.dataset.theme = theme;
    document.dispatchEvent(new Event('theme'));
  }

  function themes() {
    const before = remembered();
    if (before === 'dark' || before === 'light') setTheme(before);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => document.dispatchEvent(new Event('theme')));
    document.getElementById('theme').addEventListener('click', () => {
      setTheme(corridor.isDark() ? 'light' : 'dark');
      remember(root.dataset.theme);
    });
  }

  // Another language is a cookie, and the same page again; an address that names a language would outdo it.
  function languages() {
    for (const link of document.querySelectorAll('[data-language]')) {
      link.addEventListener('click', (event) => {
        event.preventDefault();
        document.cookie = `language=${link.dataset.language}; path=/; max-age=31536000; SameSite=Lax`;
        const address = new URL(location);
        address.searchParams.delete('language');
        if (address.href === location.href) location.reload();
        else location.replace(address);
      });
    }
  }

  // --- search ---

  const form = document.getElementById('search');
  const input = form.elements.q;
  const list = document.getElementById('suggestions');
  let offered = [];
  let active = -1;
  let asked = 0;

  // The picture replaces these two: it finds its own nodes, and goes to them without leaving the page.
  corridor.found = async (text) => {
    if (!form.dataset.suggestions) return [];
    const answer = await fetch(form.dataset.suggestions.replace('{q}', encodeURIComponent(text)));
    if (!answer.ok) throw new Error(answer.statusText);
    const rows = (await answer.json()).rows;
    return rows.map((row) => ({ id: row.node_id, name: (language === 'en' && row.name_en) || row.name_zh, label: row.label }));
  };
  corridor.chosen = (id) => {
    if (form.dataset.page) location.href = corridor.addressOf('page', id);
  };
  // Where a node's page, picture or claims are.
  corridor.addressOf = (what, id) => form.dataset[what].replace('{id}', encodeURIComponent(id).replaceAll('%3A', ':'));

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function choose(number) {
    const { id } = offered[number];
    close();
    corridor.chosen(id);
  }

  function mark(number) {
    active = (number + offered.length) % offered.length;
    [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === active)));
    input.setAttribute('aria-activedescendant', `suggestion-${active}`);
    list.children[active].scrollIntoView({ block: 'nearest' });
  }

  function offer(found) {
    offered = found.slice(0, 12);
    list.replaceChildren(...offered.map(({ name, label }, number) => {
      const item = corridor.element('li', name, { role: 'option', id: `suggestion-${number}`, 'aria-selected': 'false' });
      item.append(corridor.element('small', labels[label] || label));
      item.addEventListener('pointerdown', (event) => { event.preventDefault(); choose(number); });
      return item;
    }));
    active = -1;
    list.hidden = offered.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
  }

  async function suggest() {
    const text = input.value.trim();
    const turn = ++asked;
    const found = text ? await corridor.found(text).catch(() => null) : [];
    if (turn !== asked) return;
    offer(found ?? []);
    if (!found) away(turn);
  }

  // A server that is away is said, and asked again for as long as somebody waits for it.
  function away(turn) {
    list.replaceChildren(corridor.element('li', corridor.said('no_answer'), { role: 'option', 'aria-disabled': 'true' }));
    list.hidden = false;
    setTimeout(() => { if (turn === asked && document.activeElement === input) suggest(); }, 2000);
  }

  function pressed(event) {
    if (event.key === 'Escape') { event.stopPropagation(); close(); }
    if (list.hidden || !offered.length) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      mark(event.key === 'ArrowDown' ? active + 1 : Math.max(active, 0) - 1);
    }
    if (event.key === 'Enter' && active >= 0) { event.preventDefault(); choose(active); }
  }

  function search() {
    let waiting = 0;
    input.addEventListener('input', () => {
      offered = []; // what was offered for another text cannot be chosen any more
      close();
      clearTimeout(waiting);
      waiting = setTimeout(suggest, 120);
    });
    input.addEventListener('keydown', pressed);
    input.addEventListener('blur', close);
    form.addEventListener('submit', (event) => {
      if (form.dataset.page) return;
      event.preventDefault();
      if (offered.length) choose(0);
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || corridor.isTyping(event)) return;
      event.preventDefault();
      input.select();
      input.focus();
    });
  }

  corridor.isTyping = (event) => /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);

  // --- files ---

  // A YAML text, from a file or pasted, is read by the server and taken in by the page.
  corridor.importing = (page, address, status, take) => {
    const box = page.querySelector('.import');
    box.hidden = false;
    const [file, text] = [box.querySelector('input'), box.querySelector('textarea')];
    box.querySelector('button').addEventListener('click', async () => {
      const content = file.files.length ? await file.files[0].text() : text.value;
      const answer = await fetch(address, { method: 'POST', body: content }).catch(() => null);
      const told = await answer?.json().catch(() => null);
      if (!answer?.ok) { status.textContent = told?.error?.message ?? corridor.said('no_answer'); return; }
      file.value = '';
      take(told);
    });
  };

  // --- tables ---

  const sortKey = (row, number) => row.cells[number].textContent.trim();

  function compared(a, b, isNumber) {
    if (isNumber) {
      const [x, y] = [a, b].map((text) => parseFloat(text.replaceAll(',', '')));
      return (Number.isNaN(x) ? -Infinity : x) - (Number.isNaN(y) ? -Infinity : y);
    }
    return a.localeCompare(b, language === 'zh' ? 'zh-Hans-CN' : language);
  }

  function sort(heading) {
    const body = heading.closest('table').tBodies[0];
    const number = heading.cellIndex;
    const isNumber = heading.classList.contains('number');
    const isDown = heading.getAttribute('aria-sort') ? heading.getAttribute('aria-sort') === 'ascending' : isNumber;
    const rows = [...body.rows].sort((a, b) => compared(sortKey(a, number), sortKey(b, number), isNumber));
    body.append(...(isDown ? rows.reverse() : rows));
    for (const other of heading.parentNode.cells) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
  }

  // Names to choose from where a parameter names something; of several the last one is completed.
  async function complete(input) {
    const asked = input.value;
    const [, before = '', last] = asked.match(/^(.*[;；、,，]\s*)?(.*)$/s);
    const known = input.known ??= [...input.list.options].map((option) => option.value); // what the page brought
    const found = !known.length && last.trim() ? await corridor.found(last.trim()).catch(() => []) : [];
    if (input.value !== asked) return;
    const fitting = found.filter(({ label }) => ['*', label].includes(input.dataset.names));
    if ('ids' in input.dataset) {
      input.list.replaceChildren(...fitting.map(({ id, name }) => corridor.element('option', name, { value: id })));
      return;
    }
    const names = (known.length ? known : fitting.map(({ name }) => name)).map((name) => before + name);
    input.list.replaceChildren(...[...new Set(names)].map((value) => corridor.element('option', '', { value })));
  }

  function completion() {
    for (const input of document.querySelectorAll('input[data-names]')) {
      let waiting = 0;
      input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(complete, 120, input); });
    }
  }

  // What a form leaves as it is by default does not make the address longer.
  function shortAddresses() {
    for (const asked of document.querySelectorAll('form.asking:not(.writing), form.listing')) {
      asked.addEventListener('formdata', ({ formData }) => {
        for (const name of new Set(formData.keys())) {
          const byDefault = asked.dataset[name] ?? asked.elements[name]?.dataset?.default ?? '';
          if (formData.getAll(name).join() === byDefault) formData.delete(name);
        }
      });
    }
  }

  // --- runs ---

  const awaited = document.getElementById('awaited'); // what a page that only waits gives way to

  // An answer is asked for before the page goes to it, which then has it at once: so this page can say after a while what is
  // being done, and leave, whereupon the server stops.
  function runs() {
    const text = corridor.element('span', '', { role: 'status' });
    const stop = corridor.element('button', corridor.said('stop'), { type: 'button' });
    const box = corridor.element('div', '', { class: 'running', hidden: '' });
    box.append(text, stop);
    document.body.append(box);
    let running = null;

    function end(said = '') {
      clearInterval(running?.timer);
      running?.left.abort();
      running = null;
      text.textContent = said;
      stop.hidden = true;
      box.hidden = !said;
    }

    async function tell(run, address, began) {
      const answer = await fetch(`/health/doing?run=${encodeURIComponent(address)}`).catch(() => null);
      if (!answer?.ok) return;
      const { is_running: isRunning, said } = await answer.json();
      if (!isRunning || running !== run) return;
      text.textContent = corridor.said('running', { said, seconds: Math.round((Date.now() - began) / 1000) });
      stop.hidden = box.hidden = false;
    }

    async function begin(address, go = (there) => location.assign(there)) {
      end();
      const began = Date.now();
      const run = { left: new AbortController() };
      run.timer = setInterval(() => { if (Date.now() - began > 1500) tell(run, address, began); }, 500);
      running = run;
      const answer = await fetch(address, { method: 'HEAD', signal: run.left.signal }).catch(() => null);
      if (running !== run) return;
      if (answer?.headers.has('content-disposition')) end(); // a file: this page stays
      go(address);
    }

    stop.addEventListener('click', () => end(corridor.said('stopped')));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && running && !box.hidden) end(corridor.said('stopped'));
    });
    document.addEventListener('submit', (event) => {
      const { target, submitter } = event;
      if (event.defaultPrevented || !target.matches('form.asking:not(.writing)')) return; // the rows of an answer are there: they take no time
      event.preventDefault();
      begin(`${new URL(target.action).pathname}?${new URLSearchParams(new FormData(target, submitter))}`);
    });
    document.addEventListener('click', (event) => {
      const link = event.target.closest('a[href^="/ask/"], a[href^="/compare/"], a[href^="/report/"]');
      if (!link || link.closest('.listing') || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      begin(link.pathname + link.search);
    });
    addEventListener('pageshow', ({ persisted }) => { if (persisted) end(); });
    if (awaited) begin(awaited.dataset.href, (there) => location.replace(there));
  }

  themes();
  languages();
  completion();
  shortAddresses();
  if (form.dataset.page) runs();
  search();
  document.addEventListener('click', (event) => {
    const button = event.target.closest('th .sort');
    if (button) sort(button.parentNode);
  });
  if (!document.getElementById('graph') && !awaited) root.dataset.ready = 'page';
})();
