// What a reader does with the picture: select, walk by keyboard, read evidence, filter, switch to the table.
'use strict';

(() => {
  const graph = JSON.parse(document.getElementById('graph').textContent);
  const { about } = graph;
  const { element, said: text } = corridor;
  const byId = (id) => document.getElementById(id);
  const [canvas, details, said] = [byId('canvas'), byId('details'), byId('said')];
  const placed = new Map(graph.nodes.map((node) => [node.id, node]));
  const start = { details: [...details.childNodes], said: said.textContent };
  const off = new Set();
  let selected = null;

  const touching = new Map(graph.nodes.map((node) => [node.id, []]));
  for (const [id, edge] of Object.entries(about.edges)) {
    touching.get(edge.from).push({ id, edge, isOut: true, other: edge.to });
    if (edge.from !== edge.to) touching.get(edge.to).push({ id, edge, isOut: false, other: edge.from });
  }
  const laneOf = (id) => about.lanes.findIndex((lane) => placed.get(id).x >= lane.from && placed.get(id).x <= lane.to);
  const typeOf = (id) => about.types[about.nodes[id].label];
  const isShown = (id) => !off.has(about.nodes[id].label);
  const say = (line) => { said.textContent = line; };

  // --- the panel ---

  function facts(rows) {
    const list = element('dl', '', { class: 'facts' });
    for (const [name, value] of rows) list.append(element('dt', name), element('dd', value));
    return list;
  }

  function source(id) {
    const { title, publisher, asOf, kind, url } = about.sources[id];
    const item = element('li');
    const isWeb = /^https?:\/\//i.test(url);
    item.append(isWeb ? element('a', title, { href: url, rel: 'noopener noreferrer', target: '_blank' }) : element('span', title));
    const rest = [publisher, kind, asOf && text('as_of', { day: asOf }), isWeb ? '' : url].filter(Boolean).join(' · ');
    if (rest) item.append(element('span', ` ${rest}`, { class: 'muted' }));
    return item;
  }

  function sources(ids) {
    const list = element('ul', '', { class: 'sources', 'aria-label': text('sources') });
    list.append(...ids.map(source));
    return list;
  }

  // Where a fact comes from: every claim on it, on a page of its own.
  function origin(id) {
    return element('a', text('claims'), { href: corridor.addressOf('claims', id), class: 'origin' });
  }

  function claim({ id, edge }) {
    const part = element('div', '', { class: 'claim' });
    const isInferred = drawn.edges.get(id).isInferred;
    const line = element('p', '', { class: 'standing' });
    line.append(element('span', edge.status || text('no_status'), { class: isInferred ? 'chip inferred' : 'chip' }));
    const rest = [edge.confidence && text('confidence', { share: edge.confidence }), edge.asOf && text('as_of', { day: edge.asOf })];
    line.append(element('span', rest.filter(Boolean).join(' · '), { class: 'muted' }));
    part.append(line);
    if (edge.facts.length) part.append(facts(edge.facts));
    if (edge.evidence) part.append(element('p', edge.evidence, { class: 'evidence' }));
    if (edge.sources.length) part.append(sources(edge.sources));
    if (byId('search').dataset.claims) part.append(origin(id));
    return part;
  }

  function jump(id) {
    const button = element('button', about.nodes[id].name, { type: 'button', class: 'jump', 'data-node': id });
    button.prepend(icon(typeOf(id)));
    return button;
  }

  function relations(id) {
    const groups = new Map();
    for (const one of touching.get(id)) {
      const { name, back } = about.relations[one.edge.type];
      const key = `${one.isOut}${one.edge.type}`;
      if (!groups.has(key)) groups.set(key, { title: one.isOut ? `${name} →` : `← ${back}`, held: [] });
      groups.get(key).held.push(one);
    }
    return [...groups.values()].flatMap(({ title, held }) => {
      const heading = element('h3', title);
      heading.append(element('span', ` ${held.length}`, { class: 'muted' }));
      const list = element('ul', '', { class: 'relations' });
      list.append(...held.map((one) => {
        const item = element('li');
        item.append(jump(one.other), claim(one));
        return item;
      }));
      return [heading, list];
    });
  }

  function panel(id) {
    const node = about.nodes[id];
    const type = typeOf(id);
    const heading = element('h2', node.name);
    heading.prepend(icon(type));
    const parts = [heading];
    if (node.otherName) parts.push(element('p', node.otherName, { class: 'muted' }));
    parts.push(facts([[text('type'), type.name], [text('id'), id], ...node.facts]));
    if (byId('search').dataset.page) parts.push(element('a', text('page'), { href: corridor.addressOf('page', id), class: 'origin' }));
    if (byId('search').dataset.picture && id !== about.focus) {
      const line = element('p');
      const centre = text(node.more ? 'centre_more' : 'centre', { more: node.more });
      line.append(element('a', centre, { href: corridor.addressOf('picture', id), class: 'centre' }));
      parts.push(line);
    } else if (node.more) parts.push(element('p', text('more', { more: node.more }), { class: 'muted' }));
    if (node.sources.length) parts.push(element('h3', text('sources')), sources(node.sources));
    if (byId('search').dataset.claims) parts.push(origin(id));
    parts.push(...relations(id));
    details.replaceChildren(...parts);
    details.scrollTop = 0;
  }

  function edgePanel(id) {
    const edge = about.edges[id];
    const heading = element('h2', `${about.nodes[edge.from].name} ${about.relations[edge.type].name} ${about.nodes[edge.to].name}`);
    details.replaceChildren(heading, jump(edge.from), jump(edge.to), claim({ id, edge }));
    details.scrollTop = 0;
    say(`${heading.textContent} · ${edge.status}`);
  }

  // --- select ---

  function select(id) {
    const [node, type, count] = [about.nodes[id], typeOf(id), touching.get(id).length];
    selected = id;
    drawn.network.selectNodes([id]);
    drawn.show(id);
    panel(id);
    for (const row of document.querySelectorAll('tr[data-about]')) row.classList.toggle('selected', row.dataset.about === id);
    const more = node.more;
    say(text(more ? 'selected_more' : 'selected', { name: node.name, type: type.name, count, more }));
  }

  function clear() {
    selected = null;
    drawn.network.unselectAll();
    details.replaceChildren(...start.details);
    say(start.said);
  }

  function open() {
    if (!selected) return;
    details.focus();
    say(text('opened', { name: about.nodes[selected].name }));
  }

  // --- walk ---

  const nearest = (ids, from, laneFirst) => ids.map((id) => ({
    id, lanes: laneFirst ? Math.abs(laneOf(id) - laneOf(from)) : 0, far: Math.abs(placed.get(id).y - placed.get(from).y),
  })).sort((a, b) => a.lanes - b.lanes || a.far - b.far || (a.id < b.id ? -1 : 1)).map(({ id }) => id);

  function sideways(step) {
    const beside = touching.get(selected).map(({ other }) => other)
      .filter((id) => isShown(id) && Math.sign(laneOf(id) - laneOf(selected)) === step);
    const [next] = nearest(beside, selected, true);
    if (next) select(next);
    else say(text(step < 0 ? 'none_left' : 'none_right', { name: about.nodes[selected].name }));
  }

  function upDown(step) {
    const lane = graph.nodes.filter(({ id }) => isShown(id) && laneOf(id) === laneOf(selected))
      .sort((a, b) => a.y - b.y || a.x - b.x).map(({ id }) => id);
    const next = lane[lane.indexOf(selected) + step];
    if (next) select(next);
    else say(text('lane_end', { name: about.nodes[selected].name }));
  }

  function walk(action) {
    if (selected && isShown(selected)) return action();
    const first = [about.focus, ...placed.keys()].find((id) => id && isShown(id));
    return first && select(first);
  }

  const keys = {
    ArrowLeft: () => walk(() => sideways(-1)), ArrowRight: () => walk(() => sideways(1)),
    ArrowUp: () => walk(() => upDown(-1)), ArrowDown: () => walk(() => upDown(1)), Enter: open,
  };
  const anywhere = {
    t: toggleTable, '+': () => drawn.zoom(1.25), '=': () => drawn.zoom(1.25), '-': () => drawn.zoom(0.8), 0: () => drawn.fit(),
    Escape: back,
  };

  // From the panel back to the picture, from there to nothing selected.
  function back() {
    if (!details.contains(document.activeElement)) clear();
    (byId('table').hidden ? canvas : byId('as-table')).focus();
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || corridor.isTyping(event)) return;
    const action = (event.target === canvas && keys[event.key]) || anywhere[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  // --- table, legend ---

  function toggleTable() {
    const isTable = byId('table').hidden;
    byId('table').hidden = !isTable;
    canvas.hidden = isTable;
    byId('as-table').setAttribute('aria-pressed', String(isTable));
    if (isTable) byId('table').querySelector('.scroll').focus();
    else { canvas.focus(); drawn.fit(); }
    say(text(isTable ? 'as_table' : 'as_picture', { rows: placed.size }));
  }

  const SVG = 'http://www.w3.org/2000/svg';
  const SHAPES = {
    square: 'M2 2H14V14H2Z', box: 'M1 4H15V12H1Z', diamond: 'M8 1L15 8L8 15L1 8Z', triangle: 'M8 2L15 14H1Z',
    triangleDown: 'M8 14L1 2H15Z', hexagon: 'M4.5 2H11.5L15 8L11.5 14H4.5L1 8Z', dot: 'M8 2A6 6 0 1 1 7.99 2Z',
    star: 'M8 1L10 6H15L11 9.3L12.5 15L8 11.6L3.5 15L5 9.3L1 6H6Z',
  };

  function icon({ color, shape }, line = '') {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '0 0 16 16');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', line ? 'M0 8H16' : SHAPES[shape]);
    if (line) path.setAttribute('class', line);
    else path.setAttribute('fill', color);
    svg.append(path);
    return svg;
  }

  function entry(key, name, count, image) {
    const button = element('button', '', { type: 'button', 'aria-pressed': String(!off.has(key)), 'data-filter': key, title: text('show_or_hide', { name }) });
    button.append(image, element('span', name), element('b', String(count)));
    button.addEventListener('click', () => {
      const isOff = !off.has(key);
      if (isOff) off.add(key); else off.delete(key);
      button.setAttribute('aria-pressed', String(!isOff));
      applyFilter();
      say(text(isOff ? 'hidden' : 'shown', { name, count }));
    });
    return button;
  }

  function applyFilter() {
    const isHidden = (edge) => (edge.isInferred && off.has('#inferred')) || off.has(`#${edge.tone}`);
    drawn.filter((node) => !off.has(node.kind), (edge) => !isHidden(edge));
    for (const row of byId('table').querySelectorAll('tbody tr')) {
      row.hidden = !isShown(row.querySelector('[data-node]').dataset.node);
    }
  }

  function legend() {
    for (const [label, type] of Object.entries(about.types)) {
      const count = graph.nodes.filter((node) => node.kind === label).length;
      byId('legend').append(entry(label, type.name, count, icon(type)));
    }
    const inferred = graph.edges.filter((edge) => edge.isInferred).length;
    const critical = graph.edges.filter((edge) => edge.tone === 'critical').length;
    const members = graph.edges.filter((edge) => edge.tone === 'member').length;
    if (members) {
      // Lines from a chain to each of its products hide what its products need from each other: hidden until asked for.
      if (members > 12 && members < graph.edges.length) off.add('#member');
      byId('legend').append(entry('#member', text('member'), members, icon({}, 'member')));
    }
    if (inferred) byId('legend').append(entry('#inferred', text('inferred'), inferred, icon({}, 'dashed')));
    if (critical) byId('legend').append(entry('#critical', text('critical'), critical, icon({}, 'critical')));
  }

  function goTo(event) {
    const button = event.target.closest('button[data-node]');
    if (!button) return;
    if (!byId('table').hidden) toggleTable();
    select(button.dataset.node);
    if (!document.querySelector('.picture').contains(button)) canvas.scrollIntoView({ block: 'nearest' });
    if (details.contains(button) || !details.contains(document.activeElement)) details.focus({ preventScroll: true });
  }

  function ownNodes(asked) {
    const wanted = asked.toLowerCase();
    return Object.entries(about.nodes)
      .filter(([id, node]) => `${id}\n${node.name}\n${node.otherName}\n${node.facts.flat().join('\n')}`.toLowerCase().includes(wanted))
      .sort(([, a], [, b]) => b.name.toLowerCase().startsWith(wanted) - a.name.toLowerCase().startsWith(wanted))
      .map(([id, node]) => ({ id, name: node.name, label: node.label }));
  }

  function searching() {
    const elsewhere = corridor.chosen;
    if (!byId('search').dataset.suggestions) corridor.found = async (wanted) => ownNodes(wanted);
    corridor.chosen = (id) => {
      if (!placed.has(id)) return elsewhere(id);
      if (!byId('table').hidden) toggleTable();
      select(id);
      return canvas.focus();
    };
  }

  function clicked({ nodes, edges }) {
    canvas.focus();
    if (nodes.length) select(nodes[0]);
    else if (edges.length) edgePanel(edges[0]);
    else clear();
  }

  legend(); // before the picture, which takes the room that is left
  const drawn = corridor.draw(graph, canvas, byId('minimap'), () => { document.documentElement.dataset.ready = 'picture'; });
  if (off.size) applyFilter();
  searching();
  drawn.network.on('click', clicked);
  document.addEventListener('keydown', pressed);
  document.addEventListener('click', goTo);
  byId('as-table').addEventListener('click', toggleTable);
  byId('zoom-in').addEventListener('click', () => drawn.zoom(1.25));
  byId('zoom-out').addEventListener('click', () => drawn.zoom(0.8));
  byId('zoom-fit').addEventListener('click', drawn.fit);
  if (about.focus) select(about.focus);
})();
