// What is known of a node or an edge, beside the picture: facts, relations, evidence, sources.
'use strict';

(() => {
  const { element, said: text } = corridor;
  const SVG = 'http://www.w3.org/2000/svg';
  const AT_ONCE = 12; // relations of a kind, more than a panel shows; those of a hub come when the picture has been drawn

  corridor.icon = ({ color, path: outline }, line = '') => {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '0 0 16 16');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', line ? 'M0 8H16' : outline);
    if (line) path.setAttribute('class', line);
    else path.setAttribute('fill', color);
    svg.append(path);
    return svg;
  };

  // A graph as the page brought it, with what is asked of it often.
  corridor.indexed = (graph) => {
    const { about } = graph;
    const placed = new Map(graph.nodes.map((node) => [node.id, node]));
    const drawnEdges = new Map(graph.edges.map((edge) => [edge.id, edge]));
    const touching = new Map(graph.nodes.map((node) => [node.id, []]));
    for (const [id, edge] of Object.entries(about.edges)) {
      touching.get(edge.from).push({ id, edge, isOut: true, other: edge.to });
      if (edge.from !== edge.to) touching.get(edge.to).push({ id, edge, isOut: false, other: edge.from });
    }
    return {
      graph, about, placed, touching, drawnEdges,
      laneOf: (id) => about.lanes.findIndex((lane) => placed.get(id).x >= lane.from && placed.get(id).x <= lane.to),
      typeOf: (id) => about.types[about.nodes[id].label],
    };
  };

  const isServed = (what) => Boolean(document.getElementById('search').dataset[what]);

  function facts(rows) {
    const list = element('dl', '', { class: 'facts' });
    for (const [name, value] of rows) list.append(element('dt', name), element('dd', value));
    return list;
  }

  function source({ title, publisher, asOf, kind, url }) {
    const item = element('li');
    const isWeb = /^https?:\/\//i.test(url);
    item.append(isWeb ? element('a', title, { href: url, rel: 'noopener noreferrer', target: '_blank' }) : element('span', title));
    const rest = [publisher, kind, asOf && text('as_of', { day: asOf }), isWeb ? '' : url].filter(Boolean).join(' · ');
    if (rest) item.append(element('span', ` ${rest}`, { class: 'muted' }));
    return item;
  }

  function sources(own, ids) {
    const list = element('ul', '', { class: 'sources', 'aria-label': text('sources') });
    list.append(...ids.map((id) => source(own.about.sources[id])));
    return list;
  }

  // Where a fact comes from: every claim on it, on a page of its own.
  function origin(id) {
    return element('a', text('claims'), { href: corridor.addressOf('claims', id), class: 'origin' });
  }

  function claim(own, { id, edge }) {
    const part = element('div', '', { class: 'claim' });
    const isInferred = own.drawnEdges.get(id).isInferred;
    const line = element('p', '', { class: 'standing' });
    line.append(element('span', edge.status || text('no_status'), { class: isInferred ? 'chip inferred' : 'chip' }));
    const rest = [edge.confidence && text('confidence', { share: edge.confidence }), edge.asOf && text('as_of', { day: edge.asOf })];
    line.append(element('span', rest.filter(Boolean).join(' · '), { class: 'muted' }));
    part.append(line);
    if (edge.facts.length) part.append(facts(edge.facts));
    if (edge.evidence) part.append(element('p', edge.evidence, { class: 'evidence' }));
    if (edge.sources.length) part.append(sources(own, edge.sources));
    if (isServed('claims')) part.append(origin(id));
    return part;
  }

  function jump(own, id) {
    const button = element('button', own.about.nodes[id].name, { type: 'button', class: 'jump', 'data-node': id });
    button.prepend(corridor.icon(own.typeOf(id)));
    return button;
  }

  function relations(own, id) {
    const groups = new Map();
    for (const one of own.touching.get(id)) {
      const { name, back } = own.about.relations[one.edge.type];
      const key = `${one.isOut}${one.edge.type}`;
      if (!groups.has(key)) groups.set(key, { title: one.isOut ? `${name} →` : `← ${back}`, held: [] });
      groups.get(key).held.push(one);
    }
    return [...groups.values()].flatMap(({ title, held }) => {
      const heading = element('h3', title);
      heading.append(element('span', ` ${held.length}`, { class: 'muted' }));
      const list = element('ul', '', { class: 'relations' });
      const add = (some) => list.append(...some.map((one) => {
        const item = element('li');
        item.append(jump(own, one.other), claim(own, one));
        return item;
      }));
      add(held.slice(0, AT_ONCE));
      if (held.length > AT_ONCE) requestAnimationFrame(() => setTimeout(add, 0, held.slice(AT_ONCE)));
      return [heading, list];
    });
  }

  // Where the picture around a node is, and how many neighbours of it this one does not show.
  function centre(own, id) {
    const { more } = own.about.nodes[id];
    if (isServed('picture') && id !== own.about.focus) {
      const line = element('p');
      line.append(element('a', text(more ? 'centre_more' : 'centre', { more }), { href: corridor.addressOf('picture', id), class: 'centre' }));
      return [line];
    }
    return more ? [element('p', text('more', { more }), { class: 'muted' })] : [];
  }

  corridor.aboutNode = (own, id) => {
    const node = own.about.nodes[id];
    const type = own.typeOf(id);
    const heading = element('h2', node.name);
    heading.prepend(corridor.icon(type));
    const parts = [heading];
    if (node.otherName) parts.push(element('p', node.otherName, { class: 'muted' }));
    parts.push(facts([[text('type'), type.name], [text('id'), id], ...node.facts]));
    if (isServed('page')) parts.push(element('a', text('page'), { href: corridor.addressOf('page', id), class: 'origin' }));
    parts.push(...centre(own, id));
    if (node.sources.length) parts.push(element('h3', text('sources')), sources(own, node.sources));
    if (isServed('claims')) parts.push(origin(id));
    return [...parts, ...relations(own, id)];
  };

  corridor.aboutEdge = (own, id) => {
    const edge = own.about.edges[id];
    const { nodes, relations: kinds } = own.about;
    const heading = element('h2', `${nodes[edge.from].name} ${kinds[edge.type].name} ${nodes[edge.to].name}`);
    return [heading, jump(own, edge.from), jump(own, edge.to), claim(own, { id, edge })];
  };
})();
