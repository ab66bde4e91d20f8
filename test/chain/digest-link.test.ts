import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { astrayOf, linkOf } from '../../src/chain/check-digest.ts';
import type { OpenedDigest } from '../../src/chain/read-digest.ts';
import type { PreviousDigest } from '../../src/digest/digest.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import { objectUri } from '../../src/source/source.ts';
import { BUCKET, provenAt, refAt, START } from './chain-fixture.ts';

const STAY = relocator([]);
const RECORD = { sha256: 'aa', signature: 'BB' };

function openedWith(previous: PreviousDigest | undefined): OpenedDigest {
  const { digest, ref } = provenAt(START, {}, { previous });
  const metadata = { kept: true, signature: 'dd', algorithm: 'SHA256withRSA', generatedAt: undefined };
  return { ref, bytes: { read: 1, inflated: 1 }, state: 'parsed', digest, sha256: 'cc', metadata };
}

describe('the link of a digest', () => {
  test('leads where it says, with what it records', () => {
    const proven = provenAt(START);
    const previous = { ...refAt(START - HOUR), ...RECORD };
    expect(linkOf(openedWith(previous), proven, STAY)).toEqual({
      ref: refAt(START - HOUR),
      endTime: START - HOUR,
      signature: 'BB',
      recorded: { sha256: 'aa', signature: 'bb', by: objectUri(refAt(START)) },
      successor: proven,
    });
  });

  test('leads where a declared move brought it', () => {
    const relocations = relocator([{ from: BUCKET, to: 'replica/copy' }]);
    const link = linkOf(openedWith({ ...refAt(START - HOUR), ...RECORD }), undefined, relocations);
    expect(link).toMatchObject({
      ref: { bucket: 'replica', key: `copy/${refAt(START - HOUR).key}` },
      endTime: START - HOUR,
      successor: undefined,
    });
  });

  test('leads to the start of the window where the key tells no time', () => {
    const link = linkOf(openedWith({ bucket: BUCKET, key: 'odd', ...RECORD }), undefined, STAY);
    expect(link).toMatchObject({ ref: { bucket: BUCKET, key: 'odd' }, endTime: START - HOUR });
  });
});

describe('there is no link to follow', () => {
  test('from a starting digest, or from what is no digest', () => {
    const { ref } = provenAt(START);
    const bytes = { read: 0, inflated: 0 };
    expect(linkOf(openedWith(undefined), undefined, STAY)).toBeUndefined();
    expect(linkOf({ ref, bytes, state: 'absent' }, undefined, STAY)).toBeUndefined();
    const malformed = { ref, bytes, state: 'malformed', problems: [], sha256: undefined } as const;
    expect(linkOf(malformed, undefined, STAY)).toBeUndefined();
  });

  test.each([0, HOUR])(
    'to the digest itself or a later one (%i ms later), but in a backfill chain',
    (later) => {
      const opened = openedWith({ ...refAt(START + later), ...RECORD });
      expect(linkOf(opened, undefined, STAY)).toBeUndefined();
      expect(astrayOf(opened, STAY)).toEqual({ ref: refAt(START + later), reason: 'not-back' });
      expect(linkOf(opened, undefined, STAY, 'any')).toMatchObject({ endTime: START + later });
      expect(astrayOf(opened, STAY, 'any')).toBeUndefined();
    },
  );

  test.each([
    { account: '444455556666' },
    { region: 'us-east-2' },
    { trail: 'second' },
    { homeRegion: 'eu-west-1' },
  ])('to a digest of another chain: %j', (changes) => {
    const ref = refAt(START - HOUR, changes);
    for (const direction of ['back', 'any'] as const) {
      expect(linkOf(openedWith({ ...ref, ...RECORD }), undefined, STAY, direction)).toBeUndefined();
      expect(astrayOf(openedWith({ ...ref, ...RECORD }), STAY, direction)).toEqual({
        ref,
        reason: 'other-chain',
      });
    }
  });

  test('from an hourly digest to a backfill digest; the other way nobody knows', () => {
    const ref = refAt(START - HOUR, { kind: 'backfill' });
    expect(astrayOf(openedWith({ ...ref, ...RECORD }), STAY)).toEqual({ ref, reason: 'other-chain' });
    expect(astrayOf(openedWith({ ...ref, ...RECORD }), STAY, 'any')).toBeUndefined();
  });

  test('astray from a digest that names none, in another bucket or prefix of the same trail, or where keys tell nothing', () => {
    expect(astrayOf(openedWith(undefined), STAY)).toBeUndefined();
    const moved = { ...refAt(START - HOUR, { prefix: 'x/' }), bucket: 'other' };
    expect(astrayOf(openedWith({ ...moved, ...RECORD }), STAY)).toBeUndefined();
    expect(astrayOf(openedWith({ bucket: BUCKET, key: 'odd', ...RECORD }), STAY)).toBeUndefined();
    const odd = { ...openedWith({ ...refAt(START - HOUR), ...RECORD }), ref: { bucket: BUCKET, key: 'odd' } };
    expect(astrayOf(odd, STAY)).toBeUndefined();
    const later = { ...openedWith({ ...refAt(START), ...RECORD }), ref: { bucket: BUCKET, key: 'odd' } };
    expect(astrayOf(later, STAY)).toMatchObject({ reason: 'not-back' });
  });
});
