import { type ReportSigner, signerCertificate } from '../../pki/sign.ts';
import {
  openStateFile,
  openStateObject,
  type StateStore,
  type StoredState,
} from '../../source/state/store.ts';
import {
  type NextCheckpoint,
  type ReadCheckpoint,
  type StateTarget,
  stateFileBytes,
} from '../../state/checkpoint.ts';
import {
  MOST_STATE_BYTES,
  readCheckpoint,
  requireFitting,
  type StateOptions,
} from '../../state/read-checkpoint.ts';
import type { AccessSettings } from '../options/access.ts';
import type { StateSettings } from '../options/state.ts';
import { openSession } from './open-target.ts';
import { readAllCertificates } from './signing/signer.ts';

/** A state that a run works with: read and checked before the run, written after its report. */
export interface RunState {
  readonly options: StateOptions;
  /** Throws STATE_INVALID where the state is not of this target, or of the future. */
  requireFitting(target: StateTarget, now: number): void;
  /** Writes the checkpoint that the run earned, if it earned one. Throws STATE_CONFLICT, STATE_NOT_WRITTEN or as signing does. */
  write(): Promise<void>;
}

/**
 * Opens the state of a run that `signer` signs (undefined for --no-sign): the old one must be signed by the same
 * certificate or by one of --state-signer. Throws STATE_INVALID, and as the places and certificates do.
 */
export async function openRunState(
  settings: StateSettings,
  access: AccessSettings,
  signer: ReportSigner | undefined,
): Promise<RunState> {
  const trusted: string[] = signer === undefined ? [] : [signerCertificate(signer).fingerprint];
  for (const { fingerprint } of await readAllCertificates(settings.signerFiles)) trusted.push(fingerprint);
  const store = openStore(settings, access);
  const stored: StoredState | undefined = await store.read();
  const previous: ReadCheckpoint | undefined =
    stored && readCheckpoint(stored.bytes, store.location, trusted.length === 0 ? undefined : trusted);
  let next: NextCheckpoint | undefined;
  const { sample, required, relist } = settings;
  return {
    options: {
      location: store.location,
      previous,
      sample,
      required,
      relist,
      take: (taken) => {
        next = taken;
      },
    },
    requireFitting: (target, now) => {
      if (previous !== undefined) requireFitting(previous.checkpoint, target, store.location, now);
    },
    write: async () => {
      if (next === undefined) return;
      await store.write(await stateFileBytes(next, signer, Date.now()), stored?.version);
    },
  };
}

function openStore({ place }: StateSettings, access: AccessSettings): StateStore {
  if (place.kind === 'file') return openStateFile(place.file, MOST_STATE_BYTES);
  return openStateObject(openSession(access, undefined), place, MOST_STATE_BYTES);
}
