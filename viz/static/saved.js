// Pages that a reader saved under names: this browser alone keeps them; YAML carries them to another.
'use strict';

(() => {
  const { element, said } = corridor;
  const KEY = 'saved';
  const MOST = 500;

  // What the storage holds may come from another version, or be nothing of ours: only what opens a page of this server stays.
  const isView = (one) => typeof one?.name === 'string' && one.name.trim() !== '' && one.name.length <= 200
    && typeof one.address === 'string' && /^\/(?:[^/\\\s]\S*)?$/.test(one.address) && one.address.length <= 8000;

  function kept() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) ?? '[]');
      return Array.isArray(found) ? found.filter(isView).slice(0, MOST) : [];
    } catch { return []; }
  }

  // Whether it is kept: a private window, or one that is full, keeps nothing.
  function keep(views) {
    try { localStorage.setItem(KEY, JSON.stringify(views)); } catch { return false; }
    document.dispatchEvent(new Event('saved'));
    return true;
  }

  const added = (views, more) => {
    const news = more.filter(isView);
    const places = new Set(news.map(({ address }) => address));
    return [...news, ...views.filter(({ address }) => !places.has(address))].slice(0, MOST);
  };

  function here() {
    const address = new URL(location);
    address.searchParams.delete('language');
    return address.pathname + address.search + address.hash;
  }

  // --- the control in the header ---

  function dialog() {
    const form = element('form', '', { method: 'dialog' });
    const name = element('input', '', { maxlength: 200, required: '', autocomplete: 'off', 'aria-label': said('view_name') });
    const told = element('p', '', { role: 'status' });
    const link = element('a', said('views'), { href: document.getElementById('save').getAttribute('href') });
    const made = element('dialog', '', { id: 'saving', 'aria-label': said('save_view') });
    form.append(element('label', said('view_name')), name, element('button', said('save_view'), { type: 'submit' }), link);
    made.append(form, told);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const view = { name: name.value.trim(), address: here(), saved_on: new Date().toISOString().slice(0, 10) };
      if (!isView(view)) { told.textContent = said('view_refused'); return; }
      told.textContent = said(keep(added(kept(), [view])) ? 'view_saved' : 'no_storage', view);
    });
    document.body.append(made);
    return { made, name, told };
  }

  let opened;
  document.getElementById('save')?.addEventListener('click', (event) => {
    if (location.pathname === event.currentTarget.pathname) return;
    event.preventDefault();
    opened ??= dialog();
    const isLong = document.querySelector('form.query[data-long]') !== null;
    const same = kept().find(({ address }) => address === here());
    opened.name.value = same?.name ?? document.querySelector('h1').textContent.slice(0, 200);
    opened.told.textContent = isLong ? said('view_long') : '';
    opened.made.querySelector('button').disabled = isLong;
    opened.made.showModal();
    opened.name.select();
  });

  // --- the page of all ---

  const page = document.getElementById('saved');
  if (!page) return;
  const list = page.querySelector('.views');
  const status = document.getElementById('saved-said');
  const text = page.querySelector('textarea');

  const tell = (key, values) => { status.textContent = said(key, values); };

  function changed(views, key, values) {
    tell(keep(views) ? key : 'no_storage', values);
  }

  function line(view, number) {
    const item = element('li');
    const tick = element('input', '', { type: 'checkbox', 'aria-label': said('tick_view', view) });
    const name = element('input', '', { maxlength: 200, 'aria-label': said('rename_view', view), hidden: '' });
    const link = element('a', view.name, { href: view.address });
    const rename = element('button', said('rename'), { type: 'button', 'aria-label': said('rename_view', view) });
    const remove = element('button', said('delete'), { type: 'button', 'aria-label': said('delete_view', view) });
    const done = () => {
      const views = kept();
      const named = name.value.trim();
      if (!name.hidden && named && named !== view.name) {
        views[number] = { ...view, name: named };
        changed(views, 'view_renamed', { name: named });
      } else { name.hidden = true; link.hidden = false; }
    };
    rename.addEventListener('click', () => { name.value = view.name; name.hidden = false; link.hidden = true; name.select(); });
    name.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') done();
      if (event.key === 'Escape') { name.value = ''; done(); rename.focus(); }
    });
    name.addEventListener('blur', done);
    remove.addEventListener('click', () => {
      changed(kept().filter((_, at) => at !== number), 'view_deleted', view);
      (list.querySelectorAll('button')[Math.max(2 * number - 1, 0)] ?? text).focus();
    });
    item.append(tick, link, name, element('small', view.saved_on || '', { class: 'muted' }), rename, remove);
    return item;
  }

  function show() {
    const views = kept();
    list.replaceChildren(...views.map(line));
    if (!views.length) list.append(element('li', said('no_view'), { class: 'empty' }));
    for (const button of page.querySelectorAll('[data-do=export], [data-do=copy]')) button.disabled = !views.length;
  }

  // A text in JSON is one in YAML too.
  function yaml() {
    const ticked = [...list.querySelectorAll('[type=checkbox]')].map((one) => one.checked);
    const views = kept().filter((_, at) => !ticked.includes(true) || ticked[at]);
    const lines = views.map((view) => ['name', 'address', 'saved_on'].filter((key) => view[key])
      .map((key, at) => `${at ? '  ' : '- '}${key}: ${JSON.stringify(view[key])}\n`).join(''));
    return [`views:\n${lines.join('')}`, views.length];
  }

  const does = {
    export() {
      const [content, count] = yaml();
      corridor.save(new Blob([content], { type: 'application/yaml' }), 'yaml', 'views');
      tell('views_exported', { count });
    },
    async copy() {
      const [content, count] = yaml();
      try {
        await navigator.clipboard.writeText(content);
        tell('views_copied', { count });
      } catch { // No page without https may write there: the text is there to copy by hand.
        text.closest('details').open = true;
        text.value = content;
        text.select();
        tell('views_to_copy', { count });
      }
    },
  };
  for (const button of page.querySelectorAll('[data-do]')) button.addEventListener('click', does[button.dataset.do]);
  corridor.importing(page, '/api/saved', status, (told) => changed(added(kept(), told), 'views_imported', { count: told.length }));
  document.addEventListener('saved', show);
  addEventListener('storage', show);
  page.hidden = false;
  show();
})();
