import type { SignatureAlgorithm } from '../../pki/der.ts';
import { type AnyCommand, FILES_RULE, fileListParser, httpParser, UsageError } from './common.ts';

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

const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [
  'rsa-pkcs1-sha256',
  'rsa-pss-sha256',
  'ecdsa-sha256',
];

/** The options that say who signs the report and who confirms the time. The reader throws UsageError for those that contradict each other. */
export function signingOptions(command: AnyCommand): () => SigningSettings {
  command.optionsGroup('Signature and timestamp:');
  const readSigner = signerOptions(command.option('--no-sign', 'do not sign the report'), 'the report');
  const readTimestamp = timestampOptions(command);
  const options = command.addOption(
    command
      .createOption(
        '--also-sign <form>',
        'sign a statement for supply-chain tools as well: report.sigstore.json, offline',
      )
      .choices(['sigstore']),
  );
  return () => {
    const signing = readSigner();
    const timestamp = readTimestamp();
    const bundle = options.opts().alsoSign !== undefined;
    if (signing.signer.kind === 'nobody') {
      if (timestamp !== undefined)
        throw new UsageError(
          '--tsa and --no-sign contradict each other',
          'a timestamp is over the signature',
        );
      if (signing.algorithm !== undefined)
        throw new UsageError('--sign-algorithm and --no-sign contradict each other', 'give one of them');
      if (bundle) throw new UsageError('--also-sign and --no-sign contradict each other', 'give one of them');
    }
    return { ...signing, timestamp, bundle };
  };
}

/** The same for a run that signs something, and else with nobody who signs. */
export function signingWhere(signs: boolean, signing: SigningSettings): SigningSettings {
  return signs ? signing : { ...signing, signer: { kind: 'nobody' } };
}

/** Who signs, and how: what is neither a timestamp nor a bundle. */
export type SignerSettings = Pick<SigningSettings, 'signer' | 'algorithm' | 'passphrase'>;

/** The options that say who signs `what`, with `--no-sign` where the command has that. The reader throws UsageError. */
export function signerOptions(command: AnyCommand, what: string): () => SignerSettings {
  const options = command
    .option('--sign-key <file>', `private key (PEM) that signs ${what} (default: an identity of your own)`)
    .option('--sign-cert <file>', "the key's certificate, and those of its issuers (PEM)")
    .option('--sign-p12 <file>', 'PKCS #12 file with key and certificates')
    .option('--sign-kms <arn>', 'key of AWS KMS; needs --sign-cert')
    .option('--signer-cmd <command>', 'command that signs standard input, for an HSM; needs --sign-cert')
    .addOption(
      command
        .createOption('--sign-algorithm <name>', 'signature algorithm (default: the usual one of the key)')
        .choices(SIGNATURE_ALGORITHMS),
    );
  const readPassphrase = passphraseOptions(command, 'ask at the terminal');
  return () => {
    const sign = command.getOptionValue('sign') !== false;
    const { signKey, signCert, signP12, signKms, signerCmd, signAlgorithm } = options.opts();
    const [first, second] = [
      ...(sign ? [] : ['--no-sign']),
      ...(signKey === undefined ? [] : ['--sign-key']),
      ...(signP12 === undefined ? [] : ['--sign-p12']),
      ...(signKms === undefined ? [] : ['--sign-kms']),
      ...(signerCmd === undefined ? [] : ['--signer-cmd']),
    ];
    if (second !== undefined)
      throw new UsageError(`${first} and ${second} both say who signs`, 'give one of them');
    const passphrase = readPassphrase();
    if (passphrase.kind !== 'terminal' && signKey === undefined && signP12 === undefined)
      throw new UsageError('a passphrase is of use with --sign-key and --sign-p12 only', 'give one of them');
    if (signCert !== undefined && signKey === undefined && signKms === undefined && signerCmd === undefined) {
      throw new UsageError(
        '--sign-cert has no key',
        'give --sign-key, --sign-kms or --signer-cmd with it; a PKCS #12 file holds its certificates',
      );
    }
    const choose = (): SignerChoice => {
      if (!sign) return { kind: 'nobody' };
      if (signKey !== undefined) return { kind: 'key', file: signKey, certificateFile: signCert };
      if (signP12 !== undefined) return { kind: 'p12', file: signP12 };
      if (signKms !== undefined)
        return { kind: 'kms', arn: signKms, certificateFile: required(signCert, '--sign-kms') };
      if (signerCmd === undefined) return { kind: 'local' };
      return { kind: 'command', command: signerCmd, certificateFile: required(signCert, '--signer-cmd') };
    };
    return { signer: choose(), algorithm: signAlgorithm, passphrase };
  };
}

function required(certificateFile: string | undefined, option: string): string {
  if (certificateFile !== undefined) return certificateFile;
  throw new UsageError(
    `${option} needs the certificate of its key`,
    'give --sign-cert FILE; trail-verify keygen --sign-kms ARN makes one for a key of KMS',
  );
}

function timestampOptions(command: AnyCommand): () => TimestampSettings | undefined {
  const options = command
    .option(
      '--tsa <url>',
      'timestamp authority (RFC 3161) that confirms the time of signing',
      httpParser('--tsa', 'http://timestamp.example.com'),
    )
    .option('--tsa-policy <oid>', 'timestamp policy to demand', parsePolicy)
    .option(
      '--tsa-ca <file>',
      `authority that the timestamp must lead to (may be repeated; ${FILES_RULE})`,
      fileListParser('--tsa-ca'),
    )
    .option('--tsa-optional', 'a run without its timestamp has not failed')
    .option('--embed-timestamp', 'put a timestamp into the signature file too (CAdES-T)');
  return () => {
    const { tsa, tsaPolicy, tsaCa, tsaOptional, embedTimestamp } = options.opts();
    if (tsa === undefined) {
      const [lost] = [
        ...(tsaPolicy === undefined ? [] : ['--tsa-policy']),
        ...(tsaCa === undefined ? [] : ['--tsa-ca']),
        ...(tsaOptional === undefined ? [] : ['--tsa-optional']),
        ...(embedTimestamp === undefined ? [] : ['--embed-timestamp']),
      ];
      if (lost === undefined) return undefined;
      throw new UsageError(
        `${lost} is of use with --tsa only`,
        'give the address of the authority with --tsa URL',
      );
    }
    return {
      url: tsa,
      policy: tsaPolicy,
      authorityFiles: tsaCa ?? [],
      optional: tsaOptional ?? false,
      embed: embedTimestamp ?? false,
    };
  };
}

function parsePolicy(text: string): string {
  if (/^[0-2](\.(0|[1-9]\d{0,9})){1,30}$/.test(text)) return text;
  throw new UsageError(
    `--tsa-policy: ${JSON.stringify(text)} is no object identifier`,
    'for example --tsa-policy 1.3.6.1.4.1.55555.1',
  );
}

/** The options that name a passphrase; `otherwise` says what the command does without one. The reader throws UsageError for two. */
export function passphraseOptions(command: AnyCommand, otherwise: string): () => PassphraseSource {
  const options = command
    .option('--passphrase-env <name>', 'environment variable that holds the passphrase of the key')
    .option('--passphrase-file <file>', `file that holds it (default: ${otherwise})`);
  return () => {
    const { passphraseEnv: name, passphraseFile: file } = options.opts();
    if (name !== undefined && file !== undefined)
      throw new UsageError(
        '--passphrase-env and --passphrase-file both name the passphrase',
        'give one of them',
      );
    if (name !== undefined) return { kind: 'environment', name };
    return file === undefined ? { kind: 'terminal' } : { kind: 'file', file };
  };
}

/** Whom those who check a signature trust: files of certificates. */
export interface TrustSettings {
  readonly trustFiles: readonly string[];
  /** Authorities of the timestamp, which must be there where one is named. */
  readonly authorityFiles: readonly string[];
}

/** The options that say which signers and timestamp authorities are trusted. */
export function trustOptions(command: AnyCommand): () => TrustSettings {
  const options = command
    .optionsGroup('Trust:')
    .option(
      '--trust <file>',
      `the signer's certificate, or an authority's (may be repeated; ${FILES_RULE})`,
      fileListParser('--trust'),
    )
    .option(
      '--tsa-ca <file>',
      'authority of the timestamp, which must be there then (may be repeated as well)',
      fileListParser('--tsa-ca'),
    );
  return () => {
    const { trust = [], tsaCa = [] } = options.opts();
    return { trustFiles: trust, authorityFiles: tsaCa };
  };
}
