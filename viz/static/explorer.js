// What a reader does with the picture: select, walk by keyboard, read evidence, filter, switch to the table.
'use strict';

(() => {
  const { said: text } = corridor;
  const byId = (id) => document.getElementById(id);
  const [canvas, details, said] = [byId('canvas'), byId('details'), byId('said')];
  const start = { details: [...details.childNodes], said: said.textContent };
  let own = corridor.indexed(JSON.parse(byId('graph').textContent));
  let off = new Set(own.about.walk?.off ?? corridor.offByItself(own.graph));
  let selected = null;
  const isShown = (id) => own.placed.has(id) && !off.has(own.about.nodes[id].label);
  const say = (line) => { said.textContent = line; };

  // --- select ---

  // Back to the top first: afterwards it would take the layout of all that came.
  function tell(parts) {
    details.scrollTop = 0;
    details.replaceChildren(...parts);
  }

  function mark(id) {
    selected = id;
    drawn.network.selectNodes([id]);
    tell(corridor.aboutNode(own, id));
    for (const row of document.querySelectorAll('tr[data-about]')) row.classList.toggle('selected', row.dataset.about === id);
  }

  function select(id) {
    mark(id);
    drawn.show(id);
    const { name, more } = own.about.nodes[id];
    say(text(more ? 'selected_more' : 'selected', { name, type: own.typeOf(id).name, count: own.touching.get(id).length, more }));
    walking?.remember(id);
  }

  function selectEdge(id) {
    const parts = corridor.aboutEdge(own, id);
    tell(parts);
    say(`${parts[0].textContent} · ${own.about.edges[id].status}`);
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
    say(text('opened', { name: own.about.nodes[selected].name }));
  }

  // --- walk ---

  const nearest = (ids, from) => ids.map((id) => ({
    id, lanes: Math.abs(own.laneOf(id) - own.laneOf(from)), far: Math.abs(own.placed.get(id).y - own.placed.get(from).y),
  })).sort((a, b) => a.lanes - b.lanes || a.far - b.far || (a.id < b.id ? -1 : 1)).map(({ id }) => id);

  function sideways(step) {
    const beside = own.touching.get(selected).map(({ other }) => other)
      .filter((id) => isShown(id) && Math.sign(own.laneOf(id) - own.laneOf(selected)) === step);
    const [next] = nearest(beside, selected);
    if (next) select(next);
    else say(text(step < 0 ? 'none_left' : 'none_right', { name: own.about.nodes[selected].name }));
  }

  function upDown(step) {
    const lane = own.graph.nodes.filter(({ id }) => isShown(id) && own.laneOf(id) === own.laneOf(selected))
      .sort((a, b) => a.y - b.y || a.x - b.x).map(({ id }) => id);
    const next = lane[lane.indexOf(selected) + step];
    if (next) select(next);
    else say(text('lane_end', { name: own.about.nodes[selected].name }));
  }

  // An action on the selected node; where none is, the first is selected instead.
  const onSelected = (action) => () => {
    if (selected && isShown(selected)) return action(selected);
    const first = [own.about.focus, ...own.placed.keys()].find((id) => id && isShown(id));
    return first && select(first);
  };

  const walking = own.about.walk && corridor.walking({
    own: () => own, off: () => off, selected: () => selected, say, show,
  });

  const keys = {
    ArrowLeft: onSelected(() => sideways(-1)), ArrowRight: onSelected(() => sideways(1)),
    ArrowUp: onSelected(() => upDown(-1)), ArrowDown: onSelected(() => upDown(1)),
    Enter: walking ? onSelected(walking.expand) : open,
    ...(walking && { Backspace: onSelected((id) => walking.act('shut', id)), p: onSelected(walking.path), d: open, Delete: onSelected((id) => walking.act('hide', id)) }),
  };
  const anywhere = {
    t: toggleTable, '+': () => drawn.zoom(1.25), '=': () => drawn.zoom(1.25), '-': () => drawn.zoom(0.8), 0: () => drawn.fit(),
    Escape: back, ...(walking && { z: walking.undo, Z: walking.redo, m: menu, ContextMenu: menu, 'Shift+F10': menu }),
  };

  // The menu of the node whose row has the focus, or else of the selected one.
  function menu(event) {
    const row = event.target.closest('#table tr')?.querySelector('[data-node]');
    if (row) return walking.menu(row.dataset.node, row.getBoundingClientRect(), row);
    return onSelected((id) => walking.menu(id, drawn.onPage(id), canvas))();
  }

  // From the panel back to the picture, from there to nothing selected.
  function back() {
    if (!details.contains(document.activeElement)) clear();
    (byId('table').hidden ? canvas : byId('as-table')).focus();
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || corridor.isTyping(event)) return;
    const key = event.shiftKey && event.key === 'F10' ? 'Shift+F10' : event.key;
    const action = (event.target === canvas && keys[key]) || anywhere[key];
    if (!action) return;
    event.preventDefault();
    action(event);
  }

  // --- another state of the walk ---

  function show(page, focused) {
    own = corridor.indexed(JSON.parse(page.getElementById('graph').textContent));
    off = new Set(own.about.walk.off ?? corridor.offByItself(own.graph));
    page.getElementById('table').hidden = byId('table').hidden;
    for (const fresh of page.querySelectorAll('[data-swap]')) byId(fresh.id).replaceWith(document.adoptNode(fresh));
    showLegend();
    filterRows();
    const next = [focused, selected, own.about.walk.at].find((id) => id && own.placed.has(id));
    drawn.change(own.graph, () => { if (next) mark(next); else clear(); });
    start.said = page.getElementById('said').textContent;
    say(start.said);
    if (document.activeElement === document.body) {
      const row = next && !byId('table').hidden && byId('table').querySelector(`[data-node="${CSS.escape(next)}"]`);
      (row || canvas).focus();
    }
  }

  // --- table, legend ---

  function toggleTable() {
    const isTable = byId('table').hidden;
    byId('table').hidden = !isTable;
    canvas.hidden = isTable;
    byId('as-table').setAttribute('aria-pressed', String(isTable));
    if (isTable) byId('table').querySelector('.scroll').focus();
    else { canvas.focus(); drawn.fit(); }
    say(text(isTable ? 'as_table' : 'as_picture', { rows: own.placed.size }));
  }

  const isNodeShown = (node) => !off.has(node.kind);
  const isEdgeShown = (edge) => corridor.isEdgeShown(edge, off);

  function filterRows() {
    for (const row of byId('table').querySelectorAll('tbody tr')) {
      row.hidden = !isShown(row.querySelector('[data-node]').dataset.node);
    }
  }

  function showLegend() {
    corridor.legend(byId('legend'), own, off, (line) => {
      drawn.filter();
      filterRows();
      say(line);
      walking?.filtered();
    });
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
    return Object.entries(own.about.nodes)
      .filter(([id, node]) => `${id}\n${node.name}\n${node.otherName}\n${node.facts.flat().join('\n')}`.toLowerCase().includes(wanted))
      .sort(([, a], [, b]) => b.name.toLowerCase().startsWith(wanted) - a.name.toLowerCase().startsWith(wanted))
      .map(([id, node]) => ({ id, name: node.name, label: node.label }));
  }

  function searching() {
    const elsewhere = corridor.chosen;
    if (!byId('search').dataset.suggestions) corridor.found = async (wanted) => ownNodes(wanted);
    corridor.chosen = (id) => {
      if (!own.placed.has(id)) return elsewhere(id);
      if (!byId('table').hidden) toggleTable();
      select(id);
      return canvas.focus();
    };
  }

  function clicked({ nodes, edges }) {
    canvas.focus();
    if (nodes.length) select(nodes[0]);
    else if (edges.length) selectEdge(edges[0]);
    else clear();
  }

  // A right click, or a long touch, on a node.
  function rightClicked({ event, pointer }) {
    event.preventDefault();
    const id = drawn.network.getNodeAt(pointer.DOM);
    if (!id || !walking) return;
    select(id);
    walking.menu(id, drawn.onPage(id), canvas);
  }

  showLegend(); // before the picture, which takes the room that is left
  const drawn = corridor.draw(own.graph, canvas, byId('minimap'), { isNodeShown, isEdgeShown }, () => { document.documentElement.dataset.ready = 'picture'; });
  corridor.drawn = drawn;
  filterRows();
  searching();
  drawn.network.on('click', clicked);
  drawn.network.on('oncontext', rightClicked);
  drawn.network.on('hold', rightClicked);
  document.addEventListener('keydown', pressed);
  document.addEventListener('click', goTo);
  if (walking) {
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    document.querySelector('.view').addEventListener('contextmenu', (event) => {
      if (!event.target.closest('#table tbody tr')) return;
      event.preventDefault();
      menu(event);
    });
    byId('undo').addEventListener('click', walking.undo);
    byId('redo').addEventListener('click', walking.redo);
  }
  byId('as-table').addEventListener('click', toggleTable);
  byId('zoom-in').addEventListener('click', () => drawn.zoom(1.25));
  byId('zoom-out').addEventListener('click', () => drawn.zoom(0.8));
  byId('zoom-fit').addEventListener('click', drawn.fit);
  const first = own.about.walk?.at ?? own.about.focus;
  if (first && own.placed.has(first)) {
    const before = said.textContent;
    select(first);
    if (own.about.walk?.said) say(before);
  }
})();
