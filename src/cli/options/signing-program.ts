import { type Command, Option } from 'commander';
import type { Actions } from '../actions.ts';
import { KEY_TYPES } from '../commands/keygen-options.ts';
import { EXAMPLES } from '../examples.ts';
import { addCredentials, gather } from './groups.ts';
import { SIGNATURE_ALGORITHMS } from './signing.ts';

/** Adds `report verify` to the command `report`. */
export function addReportVerify(report: Command, actions: Actions): void {
  report
    .command('verify')
    .summary('check the signature, signer, timestamp and consistency of a report')
    .description(
      'Checks that report.json is what its signer signed (report.json.p7s), that the signer is trusted, the timestamp (report.json.p7s.tsr, or in the signature) and the Sigstore bundle (report.sigstore.json) where there are any, and that the report agrees with itself. A bundle does not stand in for the signature. Prints one line.',
    )
    .argument('<report.json>', 'the report')
    .option('--trust <file>', "the signer's certificate, or an authority's (may be repeated)", gather)
    .option(
      '--tsa-ca <file>',
      'authority of the timestamp, which must be there then (may be repeated)',
      gather,
    )
    .option('--signature <file>', 'signature file (default: <report.json>.p7s)')
    .option('--timestamp <file>', 'timestamp file (default: <report.json>.p7s.tsr)')
    .option('--bundle <file>', 'Sigstore bundle (default: report.sigstore.json beside the report)')
    .option('--now <time>', 'the present time, for replays')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.reportVerify)
    .action(actions.reportVerify);
}

/** Adds `keygen`. */
export function addKeygen(program: Command, actions: Actions): void {
  const command = program
    .command('keygen')
    .summary('make a key and a certificate to sign reports with')
    .description(
      'Makes a private key and a self-signed certificate, or with --csr a request for an authority to sign. Nothing that exists is replaced.',
    )
    .option(
      '--output <prefix>',
      'files are <prefix>.key.pem, <prefix>.cert.pem or <prefix>.csr.pem',
      'report-signer',
    )
    .option('--subject <name>', 'distinguished name of the signer', 'CN=trail-verify report signer')
    .addOption(new Option('--key-type <type>', 'kind of key (default: "rsa-3072")').choices([...KEY_TYPES]))
    .option('--days <n>', 'how long the certificate is valid (default: 1095)')
    .option('--csr', 'make a certificate request in place of a certificate')
    .option('--sign-kms <arn>', 'certify this key of AWS KMS in place of a new one')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.keygen)
    .action(actions.keygen);
  addPassphrase(command, 'the key is not encrypted');
  addCredentials(command);
}

/** Adds the options of `verify` that say who signs the report, and who confirms the time. */
export function addSigning(command: Command): void {
  command
    .option('--sign-key <file>', 'private key (PEM) that signs the report (default: an identity of your own)')
    .option('--sign-cert <file>', "the key's certificate, and those of its issuers (PEM)")
    .option('--sign-p12 <file>', 'PKCS #12 file with key and certificates')
    .option('--sign-kms <arn>', 'key of AWS KMS; needs --sign-cert')
    .option('--signer-cmd <command>', 'command that signs standard input, for an HSM; needs --sign-cert')
    .addOption(
      new Option(
        '--sign-algorithm <name>',
        'signature algorithm (default: the usual one of the key)',
      ).choices([...SIGNATURE_ALGORITHMS]),
    );
  addPassphrase(command, 'ask at the terminal')
    .option('--tsa <url>', 'timestamp authority (RFC 3161) that confirms the time of signing')
    .option('--tsa-policy <oid>', 'timestamp policy to demand')
    .option('--tsa-ca <file>', 'authority that the timestamp must lead to (may be repeated)', gather)
    .option('--tsa-optional', 'a run without its timestamp has not failed')
    .option('--embed-timestamp', 'put a timestamp into the signature file too (CAdES-T)')
    .addOption(
      new Option(
        '--also-sign <form>',
        'sign a statement for supply-chain tools as well: report.sigstore.json, offline',
      ).choices(['sigstore']),
    )
    .option('--no-sign', 'do not sign the report');
}

function addPassphrase(command: Command, otherwise: string): Command {
  return command
    .option('--passphrase-env <name>', 'environment variable that holds the passphrase of the key')
    .option('--passphrase-file <file>', `file that holds it (default: ${otherwise})`);
}
