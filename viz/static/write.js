// Forms that write: each sends one request with the reader's key, which this tab keeps until it is closed and no address has.
'use strict';

(() => {
  const KEY = 'key';
  const { said } = corridor;
  const stored = () => { try { return sessionStorage.getItem(KEY) ?? ''; } catch { return ''; } };
  const store = (key) => { try { sessionStorage.setItem(KEY, key); } catch { /* then it is typed for each form */ } };
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  // What is typed as what the API takes; what is left empty is not said. Yuan are turned into fen by their digits.
  function valueOf(input) {
    const text = input.value.trim();
    if (!('yuan' in input.dataset)) return input.type === 'number' ? Number(text) : text;
    const [, yuan, fen = ''] = text.replace(/[,，\s]/g, '').match(/^(\d{1,15})(?:\.(\d{1,2}))?$/) ?? [];
    return yuan ? Number(yuan) * 100 + Number(fen.padEnd(2, '0')) : text;
  }

  const bodyOf = (form) => Object.fromEntries(
    [...form.elements].filter(({ name, value }) => name && value.trim()).map((input) => [input.name, valueOf(input)]));

  function wrong(form, field) {
    for (const input of form.elements) {
      if (input.name && input.name === field) { input.setAttribute('aria-invalid', 'true'); input.focus(); } else input.removeAttribute('aria-invalid');
    }
  }

  async function send(form, key) {
    const language = document.documentElement.lang.slice(0, 2);
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` };
    const answer = await fetch(`${form.getAttribute('action')}?language=${language}`, { method: 'POST', headers, body: JSON.stringify(bodyOf(form)) })
      .catch(() => null);
    return [answer, await answer?.json().catch(() => null)];
  }

  async function write(form) {
    const [button, told, key] = ['button', '.told', '.key'].map((one) => form.querySelector(one));
    if (!key.value.trim()) { told.textContent = said('write_no_key'); key.focus(); return; }
    const began = Date.now();
    const tell = () => { told.textContent = said('writing', { seconds: Math.round((Date.now() - began) / 1000) }); };
    const timer = setInterval(tell, 1000);
    button.disabled = true;
    told.classList.remove('problem');
    tell();
    const [answer, content] = await send(form, key.value.trim());
    clearInterval(timer);
    button.disabled = false;
    wrong(form, content?.error?.field);
    told.classList.toggle('problem', !answer?.ok);
    if (!answer?.ok) { told.textContent = content?.error?.message ?? said('no_answer'); return; }
    store(key.value.trim());
    renew(form);
    const there = form.dataset.then || location.pathname + location.search;
    const href = there.endsWith('/') ? there + encodeURIComponent(content.subject) : there;
    told.replaceChildren(said('written', content), ' ', corridor.element('a', said('write_see'), { href }));
  }

  // A request that is sent twice is done once.
  function renew(form) {
    if (form.elements.request) form.elements.request.value = fresh();
  }

  for (const form of document.querySelectorAll('form.writing')) {
    form.querySelector('.key').value = stored();
    form.querySelector('button').disabled = false;
    form.querySelector('.told').textContent = '';
    renew(form);
    form.addEventListener('submit', (event) => { event.preventDefault(); write(form); });
  }
})();
