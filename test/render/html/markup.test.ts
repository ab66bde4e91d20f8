import { describe, expect, test } from 'vitest';
import { element, LINE_END, together, trusted } from '../../../src/render/html/style.ts';

describe('element', () => {
  test('escapes strings, in contents and attributes, and takes markup as it is', () => {
    const inner = element('b', { title: '"<&>"' }, '<i>');
    expect(element('p', {}, 'a < b', inner, LINE_END).markup).toBe(
      '<p>a &#60; b<b title="&#34;&#60;&#38;&#62;&#34;">&#60;i&#62;</b>\n</p>',
    );
  });

  test('leaves out what is not there, and ends what has no end of its own in HTML', () => {
    expect(element('input', { hidden: true, value: undefined, size: 3 }).markup).toBe(
      '<input hidden size="3">',
    );
    expect(element('p', {}, undefined, false, [['x'], [], '']).markup).toBe('<p>x</p>');
    expect(together([trusted('<b>'), 'c']).markup).toBe('<b>c');
  });
});
