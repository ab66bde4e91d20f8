import { constants, createECDH, createPublicKey, type KeyObject, privateEncrypt } from 'node:crypto';
import { createServer } from 'node:http';
import { integer, sequence } from '../../src/pki/der.ts';

/** One request that the server got. */
export interface KmsRequest {
  readonly operation: string;
  readonly region: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A KMS with one asymmetric key, as far as GetPublicKey and Sign go (API reference of AWS KMS). */
export interface TestKms {
  readonly url: string;
  readonly requests: readonly KmsRequest[];
  close(): Promise<void>;
}

/** How the server behaves: what the key is for, and errors by operation. */
export interface TestKmsOptions {
  readonly usage?: string;
  readonly refuse?: Readonly<Partial<Record<'GetPublicKey' | 'Sign', string>>>;
}

/** DigestInfo of SHA-256 (RFC 8017, 9.2), before the hash. */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** Starts the server, with `key` as its only key. */
export async function startKms(key: KeyObject, options: TestKmsOptions = {}): Promise<TestKms> {
  const requests: KmsRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
      const region =
        /Credential=[^/]+\/\d+\/([^/]+)\/kms\//.exec(String(request.headers.authorization))?.[1] ?? '';
      const body: KmsRequest['body'] = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      requests.push({ operation, region, body });
      const refusal = Object.entries(options.refuse ?? {}).find(([name]) => name === operation)?.[1];
      const [status, answer] =
        refusal === undefined
          ? [200, answerTo(operation, body, key, options)]
          : [400, { __type: refusal, message: 'no' }];
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      }),
  };
}

function answerTo(
  operation: string,
  body: KmsRequest['body'],
  key: KeyObject,
  options: TestKmsOptions,
): object {
  const isEc = key.asymmetricKeyType === 'ec';
  if (operation === 'GetPublicKey') {
    return {
      KeyId: body.KeyId,
      PublicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'),
      KeyUsage: options.usage ?? 'SIGN_VERIFY',
      SigningAlgorithms: isEc
        ? ['ECDSA_SHA_256']
        : ['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_512', 'RSASSA_PSS_SHA_256'],
    };
  }
  const digest = Buffer.from(String(body.Message), 'base64');
  const padding = constants.RSA_PKCS1_PADDING;
  const signature = isEc
    ? signDigest(key, digest)
    : privateEncrypt({ key, padding }, Buffer.concat([DIGEST_INFO, digest]));
  return { KeyId: body.KeyId, Signature: signature.toString('base64') };
}

/** Order of P-256 (FIPS 186-5; SEC 2, 2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** ECDSA over a hash as it is, which node:crypto does not offer (FIPS 186-5, 6.4.1). */
function signDigest(key: KeyObject, digest: Uint8Array): Buffer {
  const ephemeral = createECDH('prime256v1');
  const point = ephemeral.generateKeys();
  const d = toNumber(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));
  const r = toNumber(point.subarray(1, 33)) % ORDER;
  const s = (inverse(toNumber(ephemeral.getPrivateKey())) * (toNumber(digest) + r * d)) % ORDER;
  return Buffer.from(sequence(integer(toBytes(r)), integer(toBytes(s))));
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

/** By Fermat's little theorem: the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let power = value % ORDER;
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * power) % ORDER;
    power = (power * power) % ORDER;
  }
  return result;
}
