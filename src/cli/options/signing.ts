import type { SignatureAlgorithm } from '../../pki/der.ts';
import { UsageError } from './usage-error.ts';

/** Who signs the report. */
export type SignerChoice =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'local' }
  | { readonly kind: 'key'; readonly file: string; readonly certificateFile: string | undefined }
  | { readonly kind: 'p12'; readonly file: string }
  | { readonly kind: 'kms'; readonly arn: string; readonly certificateFile: string }
  | { readonly kind: 'command'; readonly command: string; readonly certificateFile: string };

/** Where a passphrase comes from; never from the command line, which other users of the machine can read. */
export type PassphraseSource =
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'terminal' };

/** Which timestamp authority confirms the time. */
export interface TimestampSettings {
  readonly url: string;
  readonly policy: string | undefined;
  readonly authorityFiles: readonly string[];
  /** True where a run without a timestamp has not failed. */
  readonly optional: boolean;
  /** True where the signature file is to hold a timestamp too (CAdES-T). */
  readonly embed: boolean;
}

/** How a report is signed. */
export interface SigningSettings {
  readonly signer: SignerChoice;
  readonly algorithm: SignatureAlgorithm | undefined;
  readonly passphrase: PassphraseSource;
  readonly timestamp: TimestampSettings | undefined;
  /** Whether a Sigstore bundle is made as well. */
  readonly bundle: boolean;
}

/** The options of --passphrase-* as commander hands them over. */
export interface RawPassphraseOptions {
  readonly passphraseEnv?: string;
  readonly passphraseFile?: string;
}

/** The options of signing as commander hands them over. */
export interface RawSigningOptions extends RawPassphraseOptions {
  readonly sign?: boolean;
  readonly signKey?: string;
  readonly signCert?: string;
  readonly signP12?: string;
  readonly signKms?: string;
  readonly signerCmd?: string;
  readonly signAlgorithm?: SignatureAlgorithm;
  readonly tsa?: string;
  readonly tsaPolicy?: string;
  readonly tsaCa?: readonly string[];
  readonly tsaOptional?: boolean;
  readonly embedTimestamp?: boolean;
  readonly alsoSign?: 'sigstore';
}

/** The signature algorithms that can be chosen. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [
  'rsa-pkcs1-sha256',
  'rsa-pss-sha256',
  'ecdsa-sha256',
];

/** Checks the options of signing. Throws UsageError for the first that is wrong or contradicts another. */
export function readSigning(raw: RawSigningOptions): SigningSettings {
  const signer = readSigner(raw);
  const timestamp = readTimestamp(raw);
  if (signer.kind === 'nobody') {
    if (timestamp !== undefined)
      throw new UsageError('--tsa and --no-sign contradict each other', 'a timestamp is over the signature');
    if (raw.signAlgorithm !== undefined)
      throw new UsageError('--sign-algorithm and --no-sign contradict each other', 'give one of them');
    if (raw.alsoSign !== undefined)
      throw new UsageError('--also-sign and --no-sign contradict each other', 'give one of them');
  }
  return {
    signer,
    algorithm: raw.signAlgorithm,
    passphrase: readPassphraseSource(raw),
    timestamp,
    bundle: raw.alsoSign !== undefined,
  };
}

function readSigner(raw: RawSigningOptions): SignerChoice {
  const { signKey, signCert, signP12, signKms, signerCmd } = raw;
  const given = [
    ...(raw.sign === false ? ['--no-sign'] : []),
    ...(signKey === undefined ? [] : ['--sign-key']),
    ...(signP12 === undefined ? [] : ['--sign-p12']),
    ...(signKms === undefined ? [] : ['--sign-kms']),
    ...(signerCmd === undefined ? [] : ['--signer-cmd']),
  ];
  const [first, second] = given;
  if (second !== undefined)
    throw new UsageError(`${first} and ${second} both say who signs`, 'give one of them');
  const hasPassphrase = raw.passphraseEnv !== undefined || raw.passphraseFile !== undefined;
  if (hasPassphrase && signKey === undefined && signP12 === undefined)
    throw new UsageError('a passphrase is of use with --sign-key and --sign-p12 only', 'give one of them');
  if (signCert !== undefined && signKey === undefined && signKms === undefined && signerCmd === undefined) {
    throw new UsageError(
      '--sign-cert has no key',
      'give --sign-key, --sign-kms or --signer-cmd with it; a PKCS #12 file holds its certificates',
    );
  }
  if (raw.sign === false) return { kind: 'nobody' };
  if (signKey !== undefined) return { kind: 'key', file: signKey, certificateFile: signCert };
  if (signP12 !== undefined) return { kind: 'p12', file: signP12 };
  if (signKms !== undefined)
    return { kind: 'kms', arn: signKms, certificateFile: required(signCert, '--sign-kms') };
  if (signerCmd === undefined) return { kind: 'local' };
  return { kind: 'command', command: signerCmd, certificateFile: required(signCert, '--signer-cmd') };
}

function required(certificateFile: string | undefined, option: string): string {
  if (certificateFile !== undefined) return certificateFile;
  throw new UsageError(
    `${option} needs the certificate of its key`,
    'give --sign-cert FILE; trail-verify keygen --sign-kms ARN makes one for a key of KMS',
  );
}

function readTimestamp(raw: RawSigningOptions): TimestampSettings | undefined {
  const { tsa, tsaPolicy, tsaCa = [], tsaOptional, embedTimestamp } = raw;
  if (tsa === undefined) {
    const [lost] = [
      ...(tsaPolicy === undefined ? [] : ['--tsa-policy']),
      ...(tsaCa.length === 0 ? [] : ['--tsa-ca']),
      ...(tsaOptional === undefined ? [] : ['--tsa-optional']),
      ...(embedTimestamp === undefined ? [] : ['--embed-timestamp']),
    ];
    if (lost === undefined) return undefined;
    throw new UsageError(
      `${lost} is of use with --tsa only`,
      'give the address of the authority with --tsa URL',
    );
  }
  if (!URL.canParse(tsa) || !/^https?:$/.test(new URL(tsa).protocol)) {
    throw new UsageError(
      `--tsa: ${JSON.stringify(tsa)} is not an http or https address`,
      'for example --tsa http://timestamp.example.com',
    );
  }
  if (tsaPolicy !== undefined && !/^[0-2](\.(0|[1-9]\d{0,9})){1,30}$/.test(tsaPolicy)) {
    throw new UsageError(
      `--tsa-policy: ${JSON.stringify(tsaPolicy)} is no object identifier`,
      'for example --tsa-policy 1.3.6.1.4.1.55555.1',
    );
  }
  return {
    url: tsa,
    policy: tsaPolicy,
    authorityFiles: tsaCa,
    optional: tsaOptional ?? false,
    embed: embedTimestamp ?? false,
  };
}

/** Where a passphrase is to come from: the terminal unless an option says otherwise. Throws UsageError for two. */
export function readPassphraseSource(raw: RawPassphraseOptions): PassphraseSource {
  const { passphraseEnv: name, passphraseFile: file } = raw;
  if (name !== undefined && file !== undefined)
    throw new UsageError(
      '--passphrase-env and --passphrase-file both name the passphrase',
      'give one of them',
    );
  if (name !== undefined) return { kind: 'environment', name };
  return file === undefined ? { kind: 'terminal' } : { kind: 'file', file };
}
