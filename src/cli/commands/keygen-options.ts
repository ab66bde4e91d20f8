import type { KeyKind } from '../../pki/keys.ts';
import { type AccessSettings, readAccess, readCount } from '../options/common.ts';
import {
  type PassphraseSource,
  type RawPassphraseOptions,
  readPassphraseSource,
} from '../options/signing.ts';
import { UsageError } from '../options/usage-error.ts';

/** The options of `keygen` as commander hands them over. */
export interface RawKeygenOptions extends RawPassphraseOptions, AccessSettings {
  readonly output: string;
  readonly subject: string;
  readonly keyType?: KeyKind;
  readonly days?: string;
  readonly csr?: boolean;
  readonly signKms?: string;
}

/** What `keygen` was asked for. */
export interface KeygenSettings {
  /** The files' names without their endings. */
  readonly output: string;
  readonly subject: string;
  readonly keyKind: KeyKind;
  readonly days: number;
  readonly isRequest: boolean;
  /** The key of KMS to certify, in place of a new one. */
  readonly kmsArn: string | undefined;
  /** Where the passphrase comes from that encrypts the key; undefined for a key that is not encrypted. */
  readonly passphrase: PassphraseSource | undefined;
  readonly access: AccessSettings;
}

/** The kinds of key that can be made, the usual one first. */
export const KEY_TYPES: readonly KeyKind[] = ['rsa-3072', 'rsa-4096', 'rsa-pss-3072', 'ecdsa-p256'];

const DEFAULT_DAYS = 1095;

/** Checks the options of `keygen`. Throws UsageError for the first that is wrong. */
export function readKeygenSettings(raw: RawKeygenOptions): KeygenSettings {
  const source = readPassphraseSource(raw);
  if (raw.signKms !== undefined && (raw.keyType !== undefined || source.kind !== 'terminal')) {
    throw new UsageError(
      'a key of KMS has its own type, and no passphrase',
      'give --sign-kms without --key-type and --passphrase-env or --passphrase-file',
    );
  }
  if (raw.csr === true && raw.days !== undefined)
    throw new UsageError(
      '--days is of no use with --csr',
      'whoever signs the request says how long it is valid',
    );
  return {
    output: raw.output,
    subject: raw.subject,
    keyKind: raw.keyType ?? 'rsa-3072',
    days: readCount(raw.days, '--days', 1, 36_500) ?? DEFAULT_DAYS,
    isRequest: raw.csr ?? false,
    kmsArn: raw.signKms,
    passphrase: source.kind === 'terminal' ? undefined : source,
    access: readAccess(raw),
  };
}
