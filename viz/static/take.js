// A picture to take away: the server draws what is seen, at a chosen size; a written page holds its own drawing.
'use strict';

(() => {
  const menu = document.querySelector('.take');
  if (!menu) return;
  const own = document.getElementById('svg');
  const said = document.getElementById('said');

  async function made(form, width, height) {
    if (own) {
      const svg = JSON.parse(own.textContent).replace(/width="\d+" height="\d+"/, `width="${width}" height="${height}"`);
      return new Blob([svg], { type: 'image/svg+xml' });
    }
    const title = document.title.replace(/ · corridor$/, '');
    const subtitle = document.querySelector('.headline')?.textContent ?? '';
    const language = document.documentElement.lang.slice(0, 2);
    const asked = { ...corridor.seen(), form, title: title.slice(0, 300), subtitle: subtitle.slice(0, 600), width, height };
    const answer = await corridor.posted(`/api/picture?language=${language}`, asked);
    return answer.blob();
  }

  async function asPng(svg, width, height) {
    const image = new Image(width, height);
    image.src = URL.createObjectURL(svg);
    await image.decode();
    const canvas = corridor.element('canvas', '', { width, height });
    canvas.getContext('2d').drawImage(image, 0, 0, width, height);
    URL.revokeObjectURL(image.src);
    return new Promise((done) => canvas.toBlob(done));
  }

  async function take(form) {
    const [width, height] = document.getElementById('take-size').value.split('×').map(Number);
    try {
      const blob = await made(form === 'png' ? 'svg' : form, width, height);
      corridor.save(form === 'png' ? await asPng(blob, width, height) : blob, form);
      menu.open = false;
      menu.querySelector('summary').focus();
    } catch (error) {
      said.textContent = corridor.said('not_taken', { why: error.message });
    }
  }

  menu.addEventListener('click', ({ target }) => { if (target.dataset.take) take(target.dataset.take); });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector('summary').focus();
  });
})();
