// The picture: vis-network with given positions, lanes drawn behind it, a small map of what lies outside.
'use strict';

(() => {
  const LEAST = 10 / 14; // the scale at which labels of 14 units are 10 px: below it nobody can read them
  const MOST = 1.3;
  const FADED = 8; // pixels of a label below which it is not drawn any more
  const NAMED = 24; // nodes that an overview names
  const MANY = 150;
  const HEAD = 40;
  const ABOVE = 22;
  const BELOW = 54;

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const NAMES = ['canvas', 'band', 'band-product', 'line', 'text', 'muted', 'edge', 'edge-chain', 'critical', 'accent',
    'mark', 'node-border'];
  const palette = () => Object.fromEntries(NAMES.map((name) => [name, css(`--${name}`)]));
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

  // A picture lower than the window is drawn up to half as high again: the rows part, nothing comes nearer. What is added later
  // is drawn with the same factor, so that nothing moves: the server says how high and wide the picture was before.
  function stretch(graph, holder) {
    const { lanes, walk } = graph.about;
    const ys = walk ? walk.height : graph.nodes.map((node) => node.y);
    const width = (walk ? walk.width : lanes[lanes.length - 1].to - lanes[0].from) + 12;
    const scale = clamp(holder.clientWidth / width, LEAST, MOST);
    const factor = ((holder.clientHeight - HEAD) / scale - ABOVE - BELOW) / Math.max(Math.max(...ys) - Math.min(...ys), 1);
    return clamp(factor, 1, 1.5);
  }

  function stretched(graph, factor) {
    for (const node of graph.nodes) node.y *= factor;
    return graph;
  }

  corridor.draw = (first, holder, mapCanvas, { isNodeShown, isEdgeShown }, wasDrawn) => {
    let colors = palette();
    const factor = stretch(first, holder);
    let graph = stretched(first, factor);
    let { lanes } = graph.about;
    const nodes = new vis.DataSet(graph.nodes.map(painted));
    const edges = new vis.DataSet(graph.edges.map(paintedEdge));
    const options = { ...graph.options };
    options.nodes.scaling = { label: { enabled: false, drawThreshold: FADED + 1 } }; // fades over a pixel
    options.nodes.font = { ...options.nodes.font, color: colors.text, strokeWidth: 3, strokeColor: colors.canvas };
    const network = new vis.Network(holder, { nodes, edges }, options);
    const canvas = holder.querySelector('canvas');
    holder.firstChild.tabIndex = -1; // the holder is the one tab stop
    let box = extent();
    const fonts = options.nodes.font.face;

    function painted(node) {
      // Where ways are found, what is not on them is drawn as an outline.
      const isApart = graph.about.walk?.hasWays && !node.isMarked;
      const border = node.isMarked ? colors.mark : node.isFocus ? colors.accent : isApart && !corridor.isDark() ? node.fill : colors['node-border'];
      const color = { background: isApart && node.shape !== 'box' ? colors.canvas : node.fill, border };
      const state = { background: node.fill, border: colors.accent };
      const made = { ...node, hidden: !isNodeShown(node), color: { ...color, highlight: state, hover: { ...state } } };
      made.borderWidth = node.isMarked || node.isFocus ? 3.5 : 1.5;
      made.font = node.shape === 'box' ? { color: '#ffffff', strokeWidth: 0, vadjust: 0 }
        // A broad halo keeps lines off a label; with two lines it would cover the first one's feet.
        : { color: colors.text, strokeColor: colors.canvas, strokeWidth: node.label.includes('\n') ? 3 : 5 };
      return made;
    }

    function paintedEdge(edge) {
      const thin = graph.edges.length > MANY ? 0.6 : 1; // many edges hide each other; paler ones nobody would see
      const tones = { critical: colors.critical, chain: colors['edge-chain'], other: colors.edge, member: colors.edge };
      const color = edge.isMarked && edge.tone !== 'critical' ? colors.mark : tones[edge.tone];
      const strong = edge.tone === 'critical' ? colors.critical : colors.accent;
      const isApart = graph.about.walk?.hasWays && !edge.isMarked;
      const width = edge.isMarked ? Math.max(edge.width, 3.5) : isApart ? 1 : edge.width * thin;
      return { ...edge, hidden: !isEdgeShown(edge), width, color: { color, highlight: strong, hover: strong, opacity: 1 } };
    }

    // vis-network draws everything anew at each change of its data; changes that go together are drawn once, at their end.
    function atOnce(work) {
      const { emitter } = network.body;
      emitter.emit('_blockRedraw');
      work();
      emitter.emit('_allowRedraw');
      network.redraw();
    }

    const repaint = () => atOnce(() => {
      colors = palette();
      nodes.update(graph.nodes.map((node) => { const { id, color, font, borderWidth } = painted(node); return { id, color, font, borderWidth }; }));
      edges.update(graph.edges.map((edge) => { const { id, color, width } = paintedEdge(edge); return { id, color, width }; }));
    });

    // Another state of the same picture: what is new is added, what is gone taken away, nothing else is touched.
    const change = (next, select) => atOnce(() => {
      const before = graph;
      graph = stretched(next, factor);
      ({ lanes } = graph.about);
      tiers = tiersOf();
      box = extent();
      for (const [set, all, paint] of [[nodes, graph.nodes, painted], [edges, graph.edges, paintedEdge]]) {
        const kept = new Set(all.map(({ id }) => id));
        set.remove(set.getIds().filter((id) => !kept.has(id)));
        set.add(all.filter(({ id }) => !set.get(id)).map(paint));
      }
      if (before.about.walk.hasWays || graph.about.walk.hasWays) {
        nodes.update(graph.nodes.map(painted));
        edges.update(graph.edges.map(paintedEdge));
      }
      hide();
      select();
    });

    // --- what is seen ---

    function extent() {
      const ys = graph.nodes.map((node) => node.y);
      return {
        left: lanes[0].from - 6, right: lanes[lanes.length - 1].to + 6,
        top: Math.min(...ys) - ABOVE, bottom: Math.max(...ys) + BELOW,
      };
    }

    function seen() {
      const scale = network.getScale();
      const { x, y } = network.getViewPosition();
      const [w, h] = [holder.clientWidth / scale, holder.clientHeight / scale];
      return { left: x - w / 2, right: x + w / 2, top: y - h / 2 + HEAD / scale, bottom: y + h / 2, scale };
    }

    function centre(low, high, size, wish) {
      return high - low <= size ? (low + high) / 2 : clamp(wish, low + size / 2, high - size / 2);
    }

    // Brings a point of the picture into view, at a scale, without showing emptiness beside the picture.
    function look(x, y, scale) {
      const [w, h] = [holder.clientWidth / scale, (holder.clientHeight - HEAD) / scale];
      const position = { x: centre(box.left, box.right, w, x), y: centre(box.top, box.bottom, h, y) - HEAD / 2 / scale };
      network.moveTo({ position, scale, animation: false });
    }

    function fit() {
      const scale = clamp(Math.min(
        holder.clientWidth / (box.right - box.left), (holder.clientHeight - HEAD) / (box.bottom - box.top)), LEAST, MOST);
      const focus = (graph.about.focus && nodes.get(graph.about.focus)) || { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
      look(focus.x, focus.y, scale);
    }

    // The scale at which all is seen: further out there is nothing more.
    const least = () => Math.min(LEAST, 0.9 * holder.clientWidth / (box.right - box.left), 0.9 * (holder.clientHeight - HEAD) / (box.bottom - box.top));

    function zoom(by) {
      const { x, y } = network.getViewPosition();
      look(x, y, clamp(network.getScale() * by, least(), 4));
    }

    // Where a node is on the page, below its middle.
    function onPage(id) {
      const { x, y } = network.canvasToDOM(nodes.get(id));
      const { left, top } = holder.getBoundingClientRect();
      return { left: left + x, top: top + y, bottom: top + y + 10 };
    }

    function show(id) {
      const { x, y } = nodes.get(id);
      const view = seen();
      const margin = 60;
      if (x < view.left + margin || x > view.right - margin || y < view.top + 20 || y > view.bottom - margin) {
        look(x, y, view.scale);
      }
    }

    // --- lanes behind, headings and "+N" in front ---

    function onScreen(context, paint) {
      const ratio = canvas.width / holder.clientWidth;
      context.save();
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paint(context, network.getScale(), network.getViewPosition());
      context.restore();
    }

    const tiersOf = () => [...new Set(lanes.map((lane) => lane.tier))].map((tier) => {
      const own = lanes.filter((lane) => lane.tier === tier);
      // The most upstream tier is the first, also where it came later.
      return { tier: tier - Math.min(0, lanes[0].tier), from: own[0].from, to: own[own.length - 1].to };
    });
    let tiers = tiersOf();
    const toX = (x, scale, view) => (x - view.x) * scale + holder.clientWidth / 2;

    function bands(context, scale, view) {
      const [w, h] = [holder.clientWidth, holder.clientHeight];
      context.fillStyle = colors.canvas;
      context.fillRect(0, 0, w, h);
      for (const lane of lanes) {
        const [from, to] = [toX(lane.from, scale, view), toX(lane.to, scale, view)];
        context.fillStyle = lane.key.endsWith(':product') ? colors['band-product'] : colors.band;
        context.fillRect(from, 0, to - from, h);
      }
    }

    function centred(context, texts, from, to, y) {
      const room = Math.min(to, holder.clientWidth) - Math.max(from, 0) - 6;
      const text = texts.find((one) => context.measureText(one).width <= room);
      if (text) context.fillText(text, (Math.max(from, 0) + Math.min(to, holder.clientWidth)) / 2, y);
    }

    function tierTitles(number) {
      if (lanes[0].key.endsWith(':rank')) return [];
      const tier = corridor.said('tier', { tier: tiers[number].tier + 1 });
      const end = tiers.length === 1 ? '' : number === 0 ? 'upstream' : number === tiers.length - 1 ? 'downstream' : '';
      return [...(end ? [`${tier} · ${corridor.said(end)}`] : []), tier, `${tiers[number].tier + 1}`];
    }

    function headings(context, scale, view) {
      context.fillStyle = colors.canvas;
      context.fillRect(0, 0, holder.clientWidth, HEAD);
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      tiers.forEach(({ from, to }, number) => {
        const [left, right] = [toX(from, scale, view), toX(to, scale, view)];
        context.fillStyle = colors['band-product'];
        context.fillRect(left, 0, right - left, HEAD);
        context.fillStyle = colors.text;
        context.font = `600 12px ${fonts}`;
        centred(context, tierTitles(number), left, right, 13);
      });
      context.fillStyle = colors.muted;
      context.font = `11px ${fonts}`;
      for (const lane of lanes) {
        centred(context, lane.titles, toX(lane.from, scale, view), toX(lane.to, scale, view), 30);
      }
      context.fillStyle = colors.line;
      context.fillRect(0, HEAD - 1, holder.clientWidth, 1);
    }

    const isSeen = (node) => !nodes.get(node.id)?.hidden;

    function pill(context, text, x, y, paper, ink) {
      context.fillStyle = paper;
      context.beginPath();
      context.roundRect(x - 3, y - 9, context.measureText(text).width + 6, 17, 8);
      context.fill();
      context.fillStyle = ink;
      context.fillText(text, x, y);
    }

    function badges(context) {
      const { starts = [], ends = [] } = graph.about.walk ?? {};
      context.save();
      context.font = `600 14px ${fonts}`;
      context.textBaseline = 'middle';
      for (const node of graph.nodes.filter(isSeen)) {
        const end = starts.includes(node.id) ? 'start' : ends.includes(node.id) ? 'end' : '';
        if (end) pill(context, corridor.said(end), node.x - node.size, node.y - node.size - 10, colors.mark, colors.canvas);
        if (node.more) pill(context, `+${node.more}`, node.x + node.size + 4, node.y - 2, colors.canvas, colors.accent);
      }
      context.restore();
    }

    // Far out, where labels are too small to read: the names of the nodes with the most lines, where there is room.
    function overview(context, scale, view) {
      context.font = `12px ${fonts}`;
      context.textAlign = 'center';
      context.textBaseline = 'top';
      const selected = new Set(network.getSelectedNodes());
      const degree = new Map();
      for (const { from, to } of graph.edges) for (const id of [from, to]) degree.set(id, (degree.get(id) ?? 0) + 1);
      const weight = (node) => (selected.has(node.id) ? 1e9 : 0) + (node.isFocus ? 1e8 : 0) + (node.isMarked ? 1e7 : 0) + (degree.get(node.id) ?? 0);
      const named = [];
      for (const node of graph.nodes.filter(isSeen).sort((a, b) => weight(b) - weight(a))) {
        if (named.length === NAMED) break;
        const text = graph.about.nodes[node.id].name;
        const [half, x, y] = [context.measureText(text).width / 2 + 3, toX(node.x, scale, view), (node.y - view.y) * scale + holder.clientHeight / 2 + 5];
        if (named.some((one) => Math.abs(one.x - x) < one.half + half && Math.abs(one.y - y) < 16)) continue;
        named.push({ x, y, half });
        holder.dataset.named = String(named.length);
        context.strokeStyle = colors.canvas;
        context.lineWidth = 4;
        context.strokeText(text, x, y);
        context.fillStyle = colors.text;
        context.fillText(text, x, y);
      }
    }

    // --- the small map ---

    const map = mapCanvas.parentNode;
    let toMap = null;

    function drawMap() {
      const view = seen();
      const isWhole = view.left <= box.left + 8 && view.right >= box.right - 8 && view.top <= box.top + 8 && view.bottom >= box.bottom - 8;
      map.hidden = isWhole;
      if (isWhole) return;
      const [w, h, ratio] = [map.clientWidth, map.clientHeight, window.devicePixelRatio || 1];
      [mapCanvas.width, mapCanvas.height] = [w * ratio, h * ratio];
      const scale = Math.min((w - 12) / (box.right - box.left), (h - 12) / (box.bottom - box.top));
      toMap = {
        scale, x: (w - (box.right - box.left) * scale) / 2 - box.left * scale,
        y: (h - (box.bottom - box.top) * scale) / 2 - box.top * scale,
      };
      const context = mapCanvas.getContext('2d');
      context.scale(ratio, ratio);
      for (const node of nodes.get({ filter: (one) => !one.hidden })) {
        context.fillStyle = node.fill;
        context.fillRect(node.x * scale + toMap.x - 1.5, node.y * scale + toMap.y - 1.5, 3, 3);
      }
      context.strokeStyle = colors.accent;
      context.lineWidth = 1.5;
      const [left, right] = [view.left, view.right].map((x) => clamp(x * scale + toMap.x, 1, w - 1));
      const [top, bottom] = [view.top, view.bottom].map((y) => clamp(y * scale + toMap.y, 1, h - 1));
      context.strokeRect(left, top, right - left, bottom - top);
    }

    function moveByMap(event) {
      if (event.type === 'pointermove' && !event.buttons) return;
      const place = mapCanvas.getBoundingClientRect();
      look((event.clientX - place.left - toMap.x) / toMap.scale, (event.clientY - place.top - toMap.y) / toMap.scale, network.getScale());
    }

    // --- filter, what is seen ---

    function hide() {
      for (const [set, all, isShown] of [[nodes, graph.nodes, isNodeShown], [edges, graph.edges, isEdgeShown]]) {
        const changed = all.filter((one) => Boolean(set.get(one.id).hidden) === isShown(one));
        set.update(changed.map((one) => ({ id: one.id, hidden: !isShown(one) })));
      }
    }

    const filter = () => atOnce(hide);

    // What is seen, for whoever takes it away: ids, where nodes stand, the lanes behind them.
    corridor.seen = () => {
      const shown = nodes.get({ filter: (node) => !node.hidden });
      const there = new Set(shown.map(({ id }) => id));
      const lines = edges.get({ filter: (edge) => !edge.hidden && there.has(edge.from) && there.has(edge.to) });
      return {
        ids: [...shown, ...lines].map(({ id }) => id), marked: [...shown, ...lines].filter((one) => one.isMarked).map(({ id }) => id),
        positions: Object.fromEntries(shown.map(({ id, x, y }) => [id, [Math.round(x), Math.round(y)]])),
        lanes: lanes.map(({ key, tier, labels, from, to }) => ({ key, tier, labels, from, to })), focus: graph.about.focus ?? '',
      };
    };

    network.on('beforeDrawing', (context) => onScreen(context, bands));
    network.on('afterDrawing', (context) => {
      const px = 14 * network.getScale();
      holder.dataset.named = '0';
      if (px >= FADED) badges(context); else onScreen(context, overview);
      onScreen(context, headings);
      drawMap();
      holder.dataset.labelPx = px.toFixed(2);
      holder.dataset.nodes = String(graph.nodes.length);
    });
    network.on('zoom', () => { if (network.getScale() < least()) zoom(1); });
    network.on('resize', () => requestAnimationFrame(fit));
    for (const type of ['pointerdown', 'pointermove']) mapCanvas.addEventListener(type, moveByMap);
    document.addEventListener('theme', repaint);
    fit();
    network.once('afterDrawing', wasDrawn);
    return { network, nodes, edges, fit, zoom, show, filter, change, onPage };
  };
})();
