import { TrailVerifyError } from '../../base/errors.ts';
import { placeProver } from '../../chain/prove-places.ts';
import type { KeyRing } from '../../crypto/public-key.ts';
import { type Relocation, relocator } from '../../digest/digest-key.ts';
import { type BagSource, looksLikeBag, openBag } from '../../source/bag/bag-source.ts';
import { type FolderSource, openFolder } from '../../source/folder/folder-source.ts';
import type { LayoutSettings } from '../options/layout.ts';

/** What a folder's digests may be proven with: keys, and declared moves. */
export interface ReadingProof {
  readonly keyRing: KeyRing;
  readonly relocated: readonly Relocation[];
}

/**
 * Opens a folder of this machine as the user says, or as its proven digests show. It is read as an evidence bag only where that
 * is said. Throws CONFIGURATION, naming the options that choose, where it can be read in two ways.
 */
export async function openLocal(
  path: string,
  { layout, bucket }: LayoutSettings,
  proof: ReadingProof | undefined,
): Promise<BagSource | FolderSource> {
  if (layout === 'bag') {
    const bag = await openBag(path);
    if (bag !== undefined) return bag;
    throw new TrailVerifyError('TARGET_NOT_FOUND', `folder ${path} is no evidence bag`, {
      hint: 'give the folder that trail-verify verify --bag wrote, unpacked',
    });
  }
  if (layout === undefined && (await looksLikeBag(path))) {
    throw new TrailVerifyError(
      'CONFIGURATION',
      `folder ${path} can be read in two ways: as an evidence bag, and as the copy of a bucket that holds bagit.txt`,
      {
        hint: 'say which is meant: --layout bag, or --layout sync (--layout collect for a folder of buckets)',
      },
    );
  }
  return openFolder(path, {
    ...(layout === undefined ? {} : { layout }),
    ...(bucket === undefined ? {} : { bucket }),
    ...(proof === undefined ? {} : { prove: placeProver(proof.keyRing, relocator(proof.relocated)) }),
  });
}
