// The query page: words are completed, Ctrl+Enter asks, the place of a mistake is selected.
'use strict';

(() => {
  const { element } = corridor;
  const known = JSON.parse(document.getElementById('known-words').textContent);
  const form = document.querySelector('form.query');
  const text = document.getElementById('cypher');
  const list = document.getElementById('words');
  const MOST = 12;
  let offered = [];
  let active = -1;

  // --- what can stand where the caret is ---

  // The labels or types that a variable has somewhere in the text.
  function kindsOf(variable) {
    const found = text.value.matchAll(new RegExp(`[([]${variable}\\s*:\\s*([\\w|\\s]+)`, 'gu'));
    return [...found].flatMap(([, names]) => names.split('|').map((name) => name.trim()));
  }

  function propertiesOf(kinds) {
    const own = kinds.flatMap((kind) => known.properties[kind] ?? []);
    return [...new Set(own.length ? own : Object.values(known.properties).flat())];
  }

  // The variables of the text, and the parameters that are given.
  function ownNames() {
    const names = [...text.value.matchAll(/[([](\p{L}[\p{L}\d_]*)\s*[:)\]{]/gu), ...text.value.matchAll(/\bAS\s+(\p{L}[\p{L}\d_]*)/gu)];
    return [...new Set(names.map(([, name]) => name))];
  }

  function fitting(before) {
    const label = before.match(/\((?:[\p{L}\d_]*\s*):\s*(?:\w+\s*\|\s*)*([\p{L}\d_]*)$/u);
    if (label) return [label[1], known.labels];
    const type = before.match(/\[(?:[\p{L}\d_]*\s*):\s*(?:\w+\s*\|\s*:?)*([\p{L}\d_]*)$/u);
    if (type) return [type[1], known.types];
    const property = before.match(/([\p{L}_][\p{L}\d_]*)\.([\p{L}\d_]*)$/u);
    if (property) return [property[2], propertiesOf(kindsOf(property[1]))];
    const key = before.match(/:\s*([\w|\s]+?)\s*\{(?:[^{}]*,)?\s*([\p{L}\d_]*)$/u);
    if (key) return [key[2], propertiesOf(key[1].split('|').map((name) => name.trim()))];
    const word = before.match(/(?:^|[^\p{L}\d_$.'"])([\p{L}_][\p{L}\d_]*)$/u)?.[1] ?? '';
    return [word, [...ownNames(), ...known.keywords, ...known.functions]];
  }

  // --- offering it ---

  function close() {
    list.hidden = true;
    offered = [];
    active = -1;
    text.removeAttribute('aria-activedescendant');
  }

  function mark(number) {
    active = (number + offered.length) % offered.length;
    [...list.children].forEach((item, at) => item.setAttribute('aria-selected', String(at === active)));
    text.setAttribute('aria-activedescendant', `word-${active}`);
    list.children[active].scrollIntoView({ block: 'nearest' });
  }

  function offer(isAsked) {
    if (text.selectionStart !== text.selectionEnd) { close(); return; }
    const before = text.value.slice(Math.max(text.selectionStart - 500, 0), text.selectionStart);
    const [begun, names] = fitting(before);
    const wanted = begun.toLowerCase();
    const isPlace = /[:.{]$/.test(before);
    if (!isAsked && !wanted && !isPlace) { close(); return; }
    const starting = names.filter((name) => name.toLowerCase().startsWith(wanted) && name !== begun);
    const holding = wanted.length > 1 ? names.filter((name) => name.toLowerCase().indexOf(wanted) > 0) : [];
    const meaning = wanted.length > 0 ? names.filter((name) => known.meaning[name]?.toLowerCase().includes(wanted)) : [];
    offered = [...new Set([...starting, ...holding, ...meaning])].slice(0, MOST).map((name) => ({ name, begun }));
    if (!offered.length) { close(); return; }
    list.replaceChildren(...offered.map(({ name }, number) => {
      const item = element('li', name, { role: 'option', id: `word-${number}`, 'aria-selected': 'false' });
      if (known.meaning[name]) item.append(element('small', known.meaning[name]));
      item.addEventListener('pointerdown', (event) => { event.preventDefault(); take(number); });
      return item;
    }));
    list.hidden = false;
    active = -1;
    text.removeAttribute('aria-activedescendant');
    if (isAsked) mark(0);
  }

  function take(number) {
    const { name, begun } = offered[number];
    const after = known.functions.includes(name) ? '(' : known.keywords.includes(name) ? ' ' : '';
    text.setSelectionRange(text.selectionStart - begun.length, text.selectionStart);
    // The one way to type that can be undone with the keyboard; a browser that has it no more sets the text.
    if (!document.execCommand('insertText', false, name + after)) text.setRangeText(name + after, text.selectionStart, text.selectionEnd, 'end');
    close();
  }

  function pressed(event) {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector('button.main'));
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      offer(true);
    } else if (!list.hidden && event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (!list.hidden && (event.key === 'ArrowDown' || (event.key === 'ArrowUp' && active >= 0))) {
      event.preventDefault();
      mark(event.key === 'ArrowDown' ? active + 1 : active - 1);
    } else if (!list.hidden && active >= 0 && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault();
      take(active);
    }
  }

  // Typing alone offers; the caret that is moved closes.
  text.addEventListener('input', (event) => { if (event.inputType !== 'insertFromPaste') offer(false); });
  text.addEventListener('keydown', pressed);
  text.addEventListener('blur', close);
  text.addEventListener('click', close);
  document.getElementById('parameters').addEventListener('keydown', pressed);

  // --- what is wrong ---

  function select(fault) {
    text.focus();
    text.setSelectionRange(Number(fault.dataset.start), Number(fault.dataset.end));
  }
  const faults = [...document.querySelectorAll('#faults li')].filter(({ dataset }) => dataset.end !== '0');
  for (const fault of faults) fault.querySelector('pre').addEventListener('click', () => select(fault));
  if (faults.length) select(faults[0]);

  // --- what is too much is not sent: the server would refuse it, and this page be gone ---

  form.addEventListener('submit', (event) => {
    const { size } = new Blob([new URLSearchParams(new FormData(form, event.submitter))]);
    if (size <= Number(form.dataset.most)) return;
    event.preventDefault();
    const [has, most] = [size, form.dataset.most].map((bytes) => Math.ceil(bytes / 1024));
    document.getElementById('problem')?.remove();
    form.before(element('p', corridor.said('too_much', { size: has, most }), { class: 'problem', id: 'problem', role: 'alert' }));
    text.focus();
  });

  // --- what is too long for an address is posted, in whatever order its rows are asked for ---

  if ('long' in form.dataset) {
    document.addEventListener('click', (event) => {
      const link = event.target.closest('main a[href^="/query?"]');
      if (!link) return;
      event.preventDefault();
      const sent = element('form', '', { method: 'post', action: '/query', hidden: '' });
      for (const [name, value] of new URL(link.href).searchParams) {
        const field = element('textarea', '', { name });
        field.value = value;
        sent.append(field);
      }
      document.body.append(sent);
      sent.submit();
    });
  }
})();
