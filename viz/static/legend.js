// The legend, which is a filter: what kinds of nodes and lines there are, how many, and whether they are shown.
'use strict';

(() => {
  const { element, said: text } = corridor;
  const LINES = {
    '#member': ['member', 'member', (edge) => edge.tone === 'member'],
    '#inferred': ['inferred', 'dashed', (edge) => edge.isInferred],
    '#critical': ['critical', 'critical', (edge) => edge.tone === 'critical'],
  };

  // Lines from a chain to each of its products hide what its products need from each other: off until asked for.
  corridor.offByItself = (graph) => {
    const members = graph.edges.filter(LINES['#member'][2]).length;
    return members > 12 && members < graph.edges.length ? ['#member'] : [];
  };

  corridor.isEdgeShown = (edge, off) => !Object.entries(LINES).some(([key, [, , fits]]) => off.has(key) && fits(edge));

  function entry(key, name, count, image, off, toggled) {
    const button = element('button', '', { type: 'button', 'aria-pressed': String(!off.has(key)), 'data-filter': key, title: text('show_or_hide', { name }) });
    button.append(image, element('span', name), element('b', String(count)));
    button.addEventListener('click', () => {
      const isOff = !off.has(key);
      if (isOff) off.add(key); else off.delete(key);
      button.setAttribute('aria-pressed', String(!isOff));
      toggled(text(isOff ? 'hidden' : 'shown', { name, count }));
    });
    return button;
  }

  corridor.legend = (holder, { graph, about }, off, toggled) => {
    const active = holder.contains(document.activeElement) && document.activeElement.dataset.filter;
    const kinds = Object.entries(about.types).map(([label, type]) => {
      const count = graph.nodes.filter((node) => node.kind === label).length;
      return entry(label, type.name, count, corridor.icon(type), off, toggled);
    });
    const lines = Object.entries(LINES).map(([key, [name, look, fits]]) => {
      const count = graph.edges.filter(fits).length;
      return count && entry(key, text(name), count, corridor.icon({}, look), off, toggled);
    }).filter(Boolean);
    holder.replaceChildren(...kinds, ...lines);
    if (active) holder.querySelector(`[data-filter="${CSS.escape(active)}"]`)?.focus();
  };
})();
