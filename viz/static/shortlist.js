// The shortlist: things ticked on any page, a note beside each; kept in the browser, shown and shared at /shortlist.
'use strict';

(() => {
  const MOST = 200;
  const LONGEST = 500;
  const LINK = 16000;
  const { element, said: text } = corridor;
  const head = document.getElementById('shortlist');
  const place = document.getElementById('listed');
  if (!head) return;
  let held = null; // where the browser keeps nothing, the list lasts as long as the page

  // Whatever stands in the storage or the address: so many things, so long at most, each once.
  function clean(items) {
    const found = new Map();
    for (const item of Array.isArray(items) ? items : []) {
      const [id, note] = [item?.id, item?.note ?? ''].map((one) => (typeof one === 'string' ? one : ''));
      if (id && id.length <= 300 && found.size < MOST && !found.has(id)) found.set(id, { id, note: note.slice(0, LONGEST) });
    }
    return [...found.values()];
  }

  function mine() {
    if (held) return held;
    try { return clean(JSON.parse(localStorage.getItem('shortlist'))); } catch { return []; }
  }

  function keep(items) {
    const list = clean(items);
    try { localStorage.setItem('shortlist', JSON.stringify(list)); } catch { held = list; }
    counted();
  }

  function counted() {
    const count = mine().length;
    head.textContent = `${count ? '★' : '☆'} ${count}`;
    head.setAttribute('aria-label', text('list.open', { count }));
    head.title = text('list.open', { count });
  }

  // --- ticking ---

  function starred(button, id) {
    button.setAttribute('aria-pressed', String(mine().some((item) => item.id === id)));
  }

  function star(id, name) {
    const button = element('button', '', { type: 'button', class: 'star', 'aria-label': text('list.tick', { name }), title: text('list.tick', { name }) });
    starred(button, id);
    button.addEventListener('click', () => {
      const list = mine();
      const is = list.some((item) => item.id === id);
      if (!is && list.length >= MOST) button.title = text('list.full', { most: MOST });
      else keep(is ? list.filter((item) => item.id !== id) : [...list, { id, note: '' }]);
      starred(button, id);
    });
    return button;
  }

  const idOf = (link) => decodeURIComponent(new URL(link.href).pathname.split('/').slice(2).join('/'));

  function stars() {
    for (const row of document.querySelectorAll('#findings tbody tr, .plain table:not(.matrix) tbody tr')) {
      const link = row.querySelector('a[href^="/nodes/"]');
      const cell = row.querySelector('td');
      if (link && cell && !idOf(link).startsWith('source:')) cell.prepend(star(idOf(link), link.textContent.trim()));
    }
    for (const tile of document.querySelectorAll('a.tile[href^="/nodes/"]')) tile.after(star(idOf(tile), tile.querySelector('span').textContent));
    const own = document.querySelector('.onward a[href^="/subgraph/"]');
    const title = document.querySelector('h1');
    if (own && location.pathname.startsWith('/nodes/')) title.after(star(idOf(own), title.textContent));
  }

  // --- the page of the list ---

  function shared() {
    const items = [];
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (name === 'id') items.push({ id: value, note: '' });
      else if (name === 'note' && items.length) items.at(-1).note = value;
    }
    return clean(items);
  }

  function address(items) {
    const pairs = items.flatMap(({ id, note }) => [['id', id], ...(note ? [['note', note]] : [])]);
    return `${location.origin}/shortlist#${new URLSearchParams(pairs)}`;
  }

  function ask(items, form) {
    return corridor.posted(`/api/shortlist?language=${document.documentElement.lang.slice(0, 2)}`, { items, form });
  }

  function noteOf(row, isMine) {
    if (!isMine) return row.note;
    const input = element('input', '', { value: row.note, maxlength: LONGEST, 'aria-label': text('list.note_of', { name: row.name || row.id }) });
    input.addEventListener('input', () => {
      keep(mine().map((item) => (item.id === row.id ? { ...item, note: input.value } : item)));
      links(mine());
    });
    return input;
  }

  function removal(row) {
    const button = element('button', '✕', { type: 'button', 'aria-label': text('list.remove', { name: row.name || row.id }) });
    button.addEventListener('click', async () => {
      keep(mine().filter((item) => item.id !== row.id));
      await show();
      (place.querySelector('tbody button') ?? head).focus();
    });
    return button;
  }

  function table(rows, isMine) {
    const made = element('table');
    const line = made.createTHead().insertRow();
    const heads = ['list.name', 'list.kind', 'list.facts', 'list.note'];
    for (const head of heads) line.append(element('th', text(head), { scope: 'col' }));
    if (isMine) line.append(element('th', '', { scope: 'col', 'aria-label': text('list.remove', { name: '' }) }));
    const body = made.createTBody();
    for (const row of rows) {
      const cells = [
        row.is_there ? element('a', row.name, { href: corridor.addressOf('page', row.id) }) : `${row.id} · ${text('list.gone')}`,
        row.kind, row.facts, noteOf(row, isMine), ...(isMine ? [removal(row)] : []),
      ];
      const tr = body.insertRow();
      tr.classList.toggle('gone', !row.is_there);
      for (const cell of cells) tr.insertCell().append(cell);
    }
    return made;
  }

  function links(items) {
    const href = address(items);
    const link = document.getElementById('list-link');
    if (href.length > LINK) {
      link.removeAttribute('href');
      link.textContent = text('list.long');
    } else {
      link.href = href;
      link.textContent = text('list.link');
    }
  }

  function tools(isMine, current) {
    const line = element('p', '', { class: 'onward' });
    for (const form of ['csv', 'xlsx', 'yaml']) {
      const button = element('button', form.toUpperCase(), { type: 'button', 'data-form': form });
      button.addEventListener('click', () => attempt(async () => corridor.save(await (await ask(current(), form)).blob(), form)));
      line.append(button);
    }
    line.append(element('a', '', { id: 'list-link' }));
    if (!isMine) {
      const button = element('button', text('list.keep'), { type: 'button', id: 'list-keep' });
      button.addEventListener('click', () => {
        keep([...mine(), ...current()]);
        location.hash = '';
      });
      line.append(button);
    }
    return line;
  }

  async function attempt(act) {
    try { await act(); } catch (error) { document.getElementById('said').textContent = text('not_taken', { why: error.message }); }
  }

  async function show() {
    const given = shared();
    const isMine = !given.length;
    const current = () => (isMine ? mine() : given);
    const saying = document.getElementById('said');
    if (!current().length) {
      place.replaceChildren();
      saying.textContent = text('list.empty');
      return;
    }
    await attempt(async () => {
      const { rows } = await (await ask(current(), 'json')).json();
      const gone = rows.filter((row) => !row.is_there).map((row) => row.id);
      const scroll = element('div', '', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': document.title });
      scroll.append(table(rows, isMine));
      place.replaceChildren(tools(isMine, current), scroll);
      links(current());
      const parts = [text(isMine ? 'list.mine' : 'list.shared', { count: rows.length })];
      if (gone.length) parts.push(text('list.vanished', { things: gone.join(' · ') }));
      saying.textContent = parts.join(' ');
    });
  }

  counted();
  window.addEventListener('storage', () => { counted(); if (place && !shared().length) show(); });
  if (place) {
    window.addEventListener('hashchange', show);
    show();
    const saying = document.getElementById('said');
    corridor.importing(place.parentNode, '/api/shortlist/file', saying, async (items) => {
      const before = mine().length;
      keep([...mine(), ...items]);
      if (location.hash) history.replaceState(null, '', location.pathname);
      await show();
      const [added, full] = [mine().length - before, mine().length === MOST ? text('list.full', { most: MOST }) : ''];
      saying.textContent = `${text('list.imported', { count: items.length, added })} ${full} ${saying.textContent}`;
    });
  } else stars();
})();
