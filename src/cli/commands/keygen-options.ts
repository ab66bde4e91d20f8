import type { Command } from '@commander-js/extra-typings';
import type { KeyKind } from '../../pki/keys.ts';
import { type AccessSettings, accessWithoutS3 } from '../options/access.ts';
import { countParser, type Run, UsageError, verboseOption } from '../options/common.ts';
import { type PassphraseSource, passphraseOptions } from '../options/signing.ts';

/** The settings of `keygen`. */
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
const KEY_TYPES: readonly KeyKind[] = ['rsa-3072', 'rsa-4096', 'rsa-pss-3072', 'ecdsa-p256'];

const USUAL_DAYS = 1095;

const EXAMPLES = `
Examples:
  trail-verify keygen --output auditor --subject "CN=Auditor,O=Example" --passphrase-env AUDITOR_PASSPHRASE
  trail-verify keygen --csr --output auditor --subject "CN=Auditor,O=Example,C=DE" --key-type ecdsa-p256
  trail-verify verify s3://my-trail-bucket --sign-key auditor.key.pem --sign-cert auditor.cert.pem

Without --passphrase-env or --passphrase-file the key is not encrypted. Give the
certificate, or its SHA-256, to those who check reports, on a way that reports
do not take.
`;

/** Adds `keygen`. */
export function addKeygen(program: Command, run: Run<KeygenSettings>): void {
  const command = program
    .command('keygen')
    .summary('make a key and a certificate to sign reports with')
    .description(
      'Makes a private key and a self-signed certificate, or with --csr a request for an authority to sign. Nothing that exists is replaced.',
    )
    .addHelpText('after', EXAMPLES)
    .optionsGroup('Key and certificate:');
  const options = command
    .option(
      '--output <prefix>',
      'files are <prefix>.key.pem, <prefix>.cert.pem or <prefix>.csr.pem',
      'report-signer',
    )
    .option('--subject <name>', 'distinguished name of the signer', 'CN=trail-verify report signer')
    .addOption(
      command.createOption('--key-type <type>', 'kind of key (default: "rsa-3072")').choices(KEY_TYPES),
    )
    .option(
      '--days <n>',
      `how long the certificate is valid (default: ${USUAL_DAYS})`,
      countParser('--days', 1, 36_500),
    )
    .option('--csr', 'make a certificate request in place of a certificate')
    .option('--sign-kms <arn>', 'certify this key of AWS KMS in place of a new one');
  const readPassphrase = passphraseOptions(command, 'the key is not encrypted');
  const readAccess = accessWithoutS3(command);
  verboseOption(command);
  command.action(() => {
    const { output, subject, keyType, days, csr = false, signKms } = options.opts();
    const source = readPassphrase();
    if (signKms !== undefined && (keyType !== undefined || source.kind !== 'terminal')) {
      throw new UsageError(
        'a key of KMS has its own type, and no passphrase',
        'give --sign-kms without --key-type and --passphrase-env or --passphrase-file',
      );
    }
    if (csr && days !== undefined) {
      throw new UsageError(
        '--days is of no use with --csr',
        'the authority that signs the request sets how long it is valid',
      );
    }
    return run({
      output,
      subject,
      keyKind: keyType ?? 'rsa-3072',
      days: days ?? USUAL_DAYS,
      isRequest: csr,
      kmsArn: signKms,
      passphrase: source.kind === 'terminal' ? undefined : source,
      access: readAccess(),
    });
  });
}
