/**
 * The filter of the HTML rendering. It only hides rows; without it every row is shown. It reads no more than what
 * stands in the page, and writes nothing but the `hidden` attribute and a count.
 */
export const SCRIPT = `
'use strict';
(() => {
  const filter = document.getElementById('filter');
  if (filter === null) return;
  const text = document.getElementById('filter-text');
  const code = document.getElementById('filter-code');
  const count = document.getElementById('filter-count');
  const weights = [...filter.querySelectorAll('input[type="checkbox"]')];
  const groups = [...document.querySelectorAll('section.group')].map((section) => ({
    section,
    code: section.dataset.code,
    weight: section.dataset.weight,
    rows: [...section.querySelectorAll('tbody tr')].map((row) => ({ row, words: row.textContent.toLowerCase() })),
  }));
  const apply = () => {
    const wanted = text.value.trim().toLowerCase();
    const shown = new Set(weights.filter((box) => box.checked).map((box) => box.value));
    let visible = 0;
    for (const group of groups) {
      const fits = shown.has(group.weight) && (code.value === '' || code.value === group.code);
      let inGroup = 0;
      for (const { row, words } of group.rows) {
        const isVisible = fits && (wanted === '' || words.includes(wanted));
        row.hidden = !isVisible;
        if (isVisible) inGroup += 1;
      }
      group.section.hidden = inGroup === 0;
      visible += inGroup;
    }
    count.textContent = visible === 1 ? '1 row shown' : visible + ' rows shown';
  };
  filter.addEventListener('input', apply);
  filter.hidden = false;
  apply();
})();
`;
