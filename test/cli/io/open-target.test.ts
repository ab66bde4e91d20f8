import { describe, expect, test } from 'vitest';
import { checkCopyWindow } from '../../../src/cli/io/open-target.ts';

const FROM = Date.UTC(2026, 10, 1);
const copyOf = (from: string | null, to: string | null, complete = true) => ({
  collected: { complete, window: { from, to } },
});

describe('checkCopyWindow', () => {
  test('a bare folder, and a copy of everything, say nothing', () => {
    const none = { from: undefined, to: undefined };
    expect(checkCopyWindow({ collected: undefined }, 'copy', none)).toEqual([]);
    expect(checkCopyWindow(copyOf(null, null), 'copy', none)).toEqual([]);
    expect(checkCopyWindow(copyOf('no time', 'either'), 'copy', none)).toEqual([]);
  });

  test('a copy never narrows the window by its own word', () => {
    const copy = copyOf('2026-11-01T00:00:00Z', '2026-11-08T00:00:00Z');
    expect(() => checkCopyWindow(copy, 'copy', { from: undefined, to: undefined })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION',
        message: 'folder copy is a copy of a limited time, from 2026-11-01T00:00:00Z to 2026-11-08T00:00:00Z',
        hint: expect.stringContaining('--from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z'),
      }),
    );
    expect(() => checkCopyWindow(copy, 'copy', { from: undefined, to: FROM + 1 })).toThrow(
      expect.objectContaining({ hint: expect.not.stringContaining('--to') }),
    );
  });

  test('limits say what the copy may lack', () => {
    const copy = copyOf('2026-11-01T00:00:00Z', null, false);
    const codes = (from: number) =>
      checkCopyWindow(copy, 'copy', { from, to: undefined }).map((limit) => limit.code);
    expect(codes(FROM)).toEqual(['COPY_INCOMPLETE']);
    expect(codes(FROM - 1)).toEqual(['COPY_INCOMPLETE', 'COPY_WINDOW']);
  });

  test('a limit says what the copy was limited to', () => {
    const { collected } = copyOf(null, null);
    const scope = { accounts: ['111122223333'], regions: ['eu-west-1'], trails: [] };
    const limits = checkCopyWindow({ collected: { ...collected, scope } }, 'copy', {
      from: undefined,
      to: undefined,
    });
    expect(limits).toEqual([
      {
        code: 'COPY_SCOPE',
        text: 'The copy in copy was limited to 111122223333, eu-west-1: accounts, Regions and trails outside of that were never copied.',
      },
    ]);
  });
});
