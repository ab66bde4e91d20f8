/** DER that somebody changed without being able to sign: one value is replaced, and the lengths around it are made to fit. */
import { type DerValue, readDer, tlv } from '../../src/pki/der.ts';

/** The value at `place` in `bytes`: at each level the how-manyeth item, from 0; negative from the end. */
export function derAt(bytes: Uint8Array, place: readonly number[]): DerValue {
  let value = readDer(bytes, 'test');
  for (const at of place) {
    const item = value.items.at(at);
    if (item === undefined) throw new Error(`there is nothing at ${place.join(' ')}`);
    value = item;
  }
  return value;
}

/** The same with what `change` makes of the value at `place`: none, one or several encodings. */
export function changedDer(
  bytes: Uint8Array,
  place: readonly number[],
  change: (value: DerValue) => readonly Uint8Array[],
): Uint8Array {
  const rebuild = (value: DerValue, [next, ...rest]: readonly number[]): readonly Uint8Array[] => {
    if (next === undefined) return change(value);
    const at = next < 0 ? value.items.length + next : next;
    return [
      tlv(
        value.tag,
        ...value.items.flatMap((item, index) => (index === at ? rebuild(item, rest) : [item.bytes])),
      ),
    ];
  };
  return Buffer.concat(rebuild(readDer(bytes, 'test'), place));
}
