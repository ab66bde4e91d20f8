/**
 * Asymmetric keys of AWS KMS that sign: the private key never leaves the service. Only a SHA-256 hash is sent (MessageType
 * DIGEST), so that content of any size fits and none of it leaves this machine.
 */
import { createHash } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import { classifyFailure, credentialsError, failureName, failureText } from './failure.ts';
import { optionalPackage } from './optional-package.ts';
import type { AwsSession } from './session.ts';

/** The signing algorithms of KMS that reports use, by our names for them (KMS API reference, Sign). */
const ALGORITHMS = {
  'rsa-pkcs1-sha256': 'RSASSA_PKCS1_V1_5_SHA_256',
  'rsa-pss-sha256': 'RSASSA_PSS_SHA_256',
  'ecdsa-sha256': 'ECDSA_SHA_256',
} as const;

/** Our names for the algorithms that a key of KMS can sign reports with. */
export type KmsAlgorithm = keyof typeof ALGORITHMS;

/** A key of KMS, opened. */
export interface KmsKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** The algorithm that the key can sign reports with. */
  readonly algorithms: readonly KmsAlgorithm[];
  /** The signature over `data`, hashed with SHA-256; for ECDSA as DER. Throws SIGNING_FAILED, CREDENTIALS, UNREACHABLE. */
  sign(data: Uint8Array, algorithm: KmsAlgorithm): Promise<Uint8Array>;
}

/** A key's or an alias's ARN, which names the Region. */
const KEY_ARN = /^arn:aws[a-z-]*:kms:([a-z][a-z0-9-]{2,40}):\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]{1,256}$/;

type Kms = typeof import('@aws-sdk/client-kms');

/**
 * Opens the key with that ARN and asks for its public half (kms:GetPublicKey). Throws USAGE for a text that is no ARN of a key,
 * CONFIGURATION where the optional package @aws-sdk/client-kms is not installed or the key is not for signing, and CREDENTIALS,
 * ACCESS_DENIED or UNREACHABLE.
 */
export async function openKmsKey(session: AwsSession, arn: string): Promise<KmsKey> {
  const [, region] = KEY_ARN.exec(arn) ?? [];
  if (region === undefined) {
    throw new TrailVerifyError('USAGE', `not the ARN of a KMS key: ${arn}`, {
      hint: 'for example arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    });
  }
  const { KMSClient, GetPublicKeyCommand, SignCommand } = await loadKms();
  const client = new KMSClient(await session.clientSettings('KMS', region));
  const answer = await client.send(new GetPublicKeyCommand({ KeyId: arn })).catch((error: unknown) => {
    throw toError(error, arn, 'kms:GetPublicKey');
  });
  const { PublicKey: publicKey, KeyUsage: usage, SigningAlgorithms: offered = [] } = answer;
  const algorithms = algorithmNames().filter((name) => offered.includes(ALGORITHMS[name]));
  if (publicKey === undefined || usage !== 'SIGN_VERIFY' || algorithms.length === 0) {
    throw new TrailVerifyError('CONFIGURATION', `the KMS key ${arn} cannot sign reports`, {
      hint: 'use an asymmetric key for SIGN_VERIFY: RSA_3072, RSA_4096 or ECC_NIST_P256',
    });
  }
  return {
    publicKey,
    algorithms,
    sign: async (data, algorithm) => {
      const request = {
        KeyId: arn,
        Message: createHash('sha256').update(data).digest(),
        MessageType: 'DIGEST',
        SigningAlgorithm: ALGORITHMS[algorithm],
      } as const;
      const signed = await client.send(new SignCommand(request)).catch((error: unknown) => {
        throw toError(error, arn, 'kms:Sign');
      });
      if (signed.Signature === undefined)
        throw new TrailVerifyError('SIGNING_FAILED', `the KMS key ${arn} gave no signature`);
      return signed.Signature;
    },
  };
}

function algorithmNames(): readonly KmsAlgorithm[] {
  return ['rsa-pkcs1-sha256', 'rsa-pss-sha256', 'ecdsa-sha256'];
}

function loadKms(): Promise<Kms> {
  return optionalPackage('@aws-sdk/client-kms', () => import('@aws-sdk/client-kms'));
}

function toError(error: unknown, arn: string, action: string): TrailVerifyError {
  const words = `${failureText(error)} (${failureName(error)})`;
  switch (classifyFailure(error)) {
    case 'credentials':
      return credentialsError(error);
    case 'denied':
      return new TrailVerifyError('ACCESS_DENIED', `the KMS key ${arn} may not be used: ${words}`, {
        hint: `allow ${action} on the key, in its key policy or by IAM`,
        cause: error,
      });
    case 'network':
    case 'passing':
      return new TrailVerifyError('UNREACHABLE', `KMS does not answer for ${arn}: ${words}`, {
        cause: error,
      });
    default:
      return action === 'kms:Sign'
        ? new TrailVerifyError('SIGNING_FAILED', `the KMS key ${arn} did not sign: ${words}`, {
            cause: error,
          })
        : new TrailVerifyError('CONFIGURATION', `the KMS key ${arn} cannot be used: ${words}`, {
            hint: 'check the ARN, and that the key is enabled',
            cause: error,
          });
  }
}
