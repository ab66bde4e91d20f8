import { isoTime } from '../base/clock.ts';
import { formatKeyLine } from '../crypto/key-file.ts';
import type { PublicKey } from '../crypto/key-ring.ts';
import { asciiJson } from '../render/formats/json.ts';

/** The folder of the public keys in a bag, and the file of one by its fingerprint. */
export const BAG_KEYS = 'data/keys/';

/**
 * The files of the public keys that a run relied on, by path: each as `<fingerprint>.pem` for openssl, and those of known
 * validity as ListPublicKeys gave them (`list-public-keys.json`) and with their Regions (`keys.jsonl`, for --keys).
 */
export function bagKeyFiles(keys: readonly PublicKey[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const sorted = [...keys].sort((a, b) =>
    `${a.fingerprint} ${a.region ?? ''}` < `${b.fingerprint} ${b.region ?? ''}` ? -1 : 1,
  );
  for (const { fingerprint, key } of sorted)
    files.set(`${BAG_KEYS}${fingerprint}.pem`, key.export({ type: 'spki', format: 'pem' }).toString());
  const listed = sorted.flatMap((key) =>
    key.validFrom === undefined ? [] : [{ ...key, validFrom: key.validFrom }],
  );
  const list = listed.map(({ fingerprint, der, validFrom, validTo }) => ({
    Value: Buffer.from(der).toString('base64'),
    ValidityStartTime: isoTime(validFrom),
    ValidityEndTime: validTo === undefined ? undefined : isoTime(validTo),
    Fingerprint: fingerprint,
  }));
  if (listed.length === 0) return files;
  files.set(`${BAG_KEYS}list-public-keys.json`, `${asciiJson({ PublicKeyList: list }, 2)}\n`);
  files.set(`${BAG_KEYS}keys.jsonl`, listed.map((key) => `${formatKeyLine(key)}\n`).join(''));
  return files;
}
