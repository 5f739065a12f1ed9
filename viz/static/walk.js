// The walk: acts on nodes, each another address of the page; the server says what is shown there and where.
'use strict';

corridor.walking = ({ own, off, selected, say, show }) => {
  const { element, said: text } = corridor;
  const byId = (id) => document.getElementById(id);
  const menuList = byId('menu');
  const state = () => own().about.walk;
  let number = history.state?.number ?? 0; // of acts before this one, in this tab
  let newest = number;
  let turn = 0;
  let remembering = 0;
  let opener = null;
  let early = {}; // an address that was asked for before it was wanted, its answer, and what gives it up

  // --- addresses ---

  function addressWith(change) {
    const address = new URL(location);
    const asked = address.searchParams;
    if (selected()) asked.set('at', selected());
    if (state().run) asked.set('run', state().run);
    asked.delete('language');
    change(asked);
    address.search = asked.toString().replaceAll('%3A', ':'); // as short and readable as it can be
    return address;
  }

  const isShort = (address) => address.search.length <= state().longest;

  function keep(address) {
    number += 1;
    newest = number;
    history.pushState({ number }, '', address);
    buttons();
  }

  function buttons() {
    byId('undo').disabled = number === 0;
    byId('redo').disabled = number === newest;
  }

  // The selected node is in the address too, but is no act of its own to take back.
  function remember(id) {
    clearTimeout(remembering);
    const isAsBefore = id === state().at && !new URL(location).searchParams.has('at');
    remembering = setTimeout(() => {
      const address = addressWith((asked) => asked.set('at', id));
      if (!isAsBefore && isShort(address)) history.replaceState({ number }, '', address);
      askEarly(id);
    }, 150);
  }

  // --- what the server says ---

  const wait = (seconds) => new Promise((done) => { setTimeout(done, seconds * 1000); });

  function trouble(line, isFileOffered = false) {
    const box = byId('trouble');
    box.hidden = !line;
    box.querySelector('p').textContent = line;
    byId('as-file').hidden = !isFileOffered;
  }

  const reason = (page) => page.querySelector('main')?.textContent.trim().replace(/\s+/g, ' ') ?? '';

  async function ask(address, signal) {
    const answer = await fetch(address, { signal });
    const { ok, status } = answer;
    return { ok, status, page: new DOMParser().parseFromString(await answer.text(), 'text/html') };
  }

  // Who stops at a node most often opens it next; who has walked on no longer waits for what the last one opens to.
  function askEarly(id) {
    const address = acting('open', id);
    if (early.href === address.href) return;
    early.stop?.abort();
    early = {};
    if (!own().about.nodes[id]?.more || !isShort(address)) return;
    const stop = new AbortController();
    const mine = { href: address.href, answer: ask(address, stop.signal), stop };
    const forget = () => { if (early === mine) early = {}; };
    early = mine;
    mine.answer.then(({ ok }) => ok || forget(), forget);
    setTimeout(forget, 30_000); // the graph may be another one by then
  }

  // The answer of an address, which may have been asked for already; what else was is not wanted any more.
  function answerOf(address) {
    const { href, answer, stop } = early;
    early = {};
    if (href === String(address)) return answer;
    stop?.abort();
    return ask(address);
  }

  // The page of an address; asked for again for as long as the graph is away and nothing else is asked for.
  async function fetched(address, mine) {
    let isAway = false;
    for (let seconds = 1; ; seconds = Math.min(seconds * 2, 30)) {
      let why = text('no_answer');
      try {
        const { page, ...answer } = await answerOf(address);
        if (mine !== turn) return null;
        if (answer.ok || answer.status < 500) trouble('');
        if (answer.ok) return { page, isBack: isAway };
        why = reason(page) || String(answer.status);
        if (answer.status < 500) { say(text('refused', { why })); return null; }
      } catch { /* the server itself is away: said as well, and asked again */ }
      if (mine !== turn) return null;
      isAway = true;
      trouble(text('away', { why, seconds }));
      await wait(seconds);
      if (mine !== turn) return null;
    }
  }

  async function go(address, isAct, focused) {
    clearTimeout(remembering);
    turn += 1;
    const found = await fetched(address, turn);
    if (!found) return;
    if (isAct) keep(address);
    show(found.page, focused);
    if (found.isBack) say(`${text('back_again')} ${byId('said').textContent}`);
  }

  function take(address, focused) {
    if (isShort(address)) return go(address, true, focused);
    trouble(text('state_too_long'), true);
    return say(text('state_too_long'));
  }

  const acting = (what, id) => addressWith((asked) => asked.append('step', `${what}:${id}`));
  const act = (what, id) => take(acting(what, id), id);

  function expand(id) {
    if (own().about.nodes[id].more) return act('open', id);
    return say(text('nothing_more', { name: own().about.nodes[id].name }));
  }

  // The first node is the start of the paths, others their ends; on a start or an end it is no more one.
  function path(id) {
    const isStart = state().starts.includes(id);
    return act(isStart || (!state().ends.includes(id) && !state().starts.length) ? 'from' : 'to', id);
  }

  function undo() {
    if (number > 0) history.back(); else say(text('nothing_to_undo'));
  }

  function redo() {
    if (number < newest) history.forward(); else say(text('nothing_to_redo'));
  }

  // What is off in the legend is in the address; the page knows already how to show it.
  function filtered() {
    const address = addressWith((asked) => {
      asked.delete('off');
      for (const key of off().size ? off() : ['']) asked.append('off', key);
    });
    if (isShort(address)) keep(address);
  }

  // --- the menu of a node ---

  const NAMES = {
    open: 'menu_open', up: 'menu_up', down: 'menu_down', shut: 'menu_shut', from: 'menu_from', to: 'menu_to', hide: 'menu_hide',
    replace: 'menu_replace', stop: 'menu_stop', page: 'menu_page', centre: 'menu_centre',
  };

  function items(id) {
    const { more, asks } = own().about.nodes[id];
    const isFocus = id === own().about.focus;
    const acts = [more && 'open', more && 'up', more && 'down', 'shut', 'from', 'to', !isFocus && 'hide'].filter(Boolean);
    const links = [...asks, ['page', corridor.addressOf('page', id)], ...(isFocus ? [] : [['centre', corridor.addressOf('picture', id)]])];
    return [
      ...acts.map((what) => element('button', text(NAMES[what]), { type: 'button', role: 'menuitem', tabindex: '-1', 'data-act': what })),
      ...links.map(([what, href]) => element('a', text(NAMES[what]), { role: 'menuitem', tabindex: '-1', href })),
    ];
  }

  function close(isBack = true) {
    if (menuList.hidden) return;
    menuList.hidden = true;
    if (isBack) (opener?.isConnected ? opener : byId('canvas')).focus();
  }

  function menu(id, { left, top, bottom = top }, from) {
    opener = from;
    menuList.dataset.about = id;
    menuList.setAttribute('aria-label', text('menu_of', { name: own().about.nodes[id].name }));
    menuList.replaceChildren(...items(id).map((item) => {
      const line = element('li', '', { role: 'none' });
      line.append(item);
      return line;
    }));
    menuList.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = menuList;
    menuList.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
    menuList.style.top = `${Math.max(4, Math.min(bottom, innerHeight - height - 4))}px`;
    menuList.querySelector('[role=menuitem]').focus();
  }

  function menuKey(event) {
    const all = [...menuList.querySelectorAll('[role=menuitem]')];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) all.at(to % all.length).focus();
    else if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (event.key === 'Enter' || event.key === ' ') document.activeElement.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function chosen(event) {
    const what = event.target.closest('[data-act]')?.dataset.act;
    if (!what) return;
    close();
    act(what, menuList.dataset.about);
  }

  // --- filters ---

  function submitted(event) {
    event.preventDefault();
    const form = event.target;
    const given = new URLSearchParams(new FormData(form));
    take(addressWith((asked) => {
      const names = new Set([...form.elements].filter((one) => one.type !== 'hidden').map((one) => one.name));
      for (const name of names) if (name) asked.delete(name);
      for (const [name, value] of given) if (names.has(name) && value) asked.append(name, value);
    }));
    byId('filters').open = false;
    byId('filters').querySelector('summary').focus();
  }

  history.replaceState({ number }, '');
  buttons();
  window.addEventListener('popstate', (event) => {
    number = event.state?.number ?? 0;
    buttons();
    go(location.href, false, new URL(location).searchParams.get('at'));
  });
  menuList.addEventListener('keydown', menuKey);
  menuList.addEventListener('click', chosen);
  document.addEventListener('pointerdown', (event) => { if (!menuList.contains(event.target)) close(false); });
  byId('filters').addEventListener('submit', submitted);
  byId('filters').addEventListener('click', (event) => {
    const link = event.target.closest('#filter-form a');
    if (!link) return;
    event.preventDefault();
    take(new URL(link.href), selected());
  });
  return { act, expand, path, undo, redo, menu, remember, filtered };
};
