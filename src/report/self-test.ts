import { constants, publicDecrypt } from 'node:crypto';
import { gunzip, md5, sha256 } from '../crypto/hash.ts';
import { parsePublicKey } from '../crypto/key-file.ts';
import { verifySignature } from '../crypto/public-key.ts';
import { MerkleTree } from './merkle.ts';

/** Known answers to compute again: see `KNOWN_ANSWERS`. */
export interface KnownAnswers {
  readonly keys: readonly {
    readonly fingerprint: string;
    readonly value: string;
    readonly signatures: readonly { readonly signature: string; readonly sha256: string }[];
  }[];
  readonly signed: { readonly value: string; readonly text: string; readonly signature: string };
  readonly gzip: { readonly file: string; readonly sha256: string };
  readonly merkle: { readonly leaves: readonly string[]; readonly root: string };
}

/** How many answers were computed, and whether all were right. */
interface SelfTest {
  readonly vectors: number;
  readonly passed: boolean;
}

/** ASN.1 DigestInfo of SHA-256 (RFC 8017, 9.2, note 1), to which a signature of PKCS #1 v1.5 opens. */
const DIGEST_INFO = '3031300d060960864801650304020105000420';

/** Computes known answers again, so that a report can say that its tool computed correctly. Never throws. */
export function selfTest(answers: KnownAnswers = KNOWN_ANSWERS): SelfTest {
  const { keys, signed, gzip, merkle } = answers;
  const checks: (() => boolean)[] = [
    () => sha256(unpack(gzip.file) ?? new Uint8Array()) === gzip.sha256,
    () => {
      const key = parsePublicKey(decode(signed.value), 'of the self-test');
      const verifies = (text: string): boolean => verifySignature(text, signed.signature, key);
      return verifies(signed.text) && !verifies(`${signed.text}\n`);
    },
    () => {
      const tree = new MerkleTree();
      for (const leaf of merkle.leaves) tree.add(Buffer.from(leaf, 'hex'));
      return tree.root() === merkle.root;
    },
  ];
  for (const { fingerprint, value, signatures } of keys) {
    checks.push(() => md5(decode(value)) === fingerprint);
    for (const { signature, sha256: signedHash } of signatures)
      checks.push(() => openSignature(signature, value) === DIGEST_INFO + signedHash);
  }
  return { vectors: checks.length, passed: checks.every(holds) };
}

function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function unpack(file: string): Uint8Array | undefined {
  return gunzip(decode(file), 1024).content?.bytes;
}

function openSignature(signature: string, value: string): string {
  const key = parsePublicKey(decode(value), 'of the self-test');
  return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(signature, 'hex')).toString(
    'hex',
  );
}

function decode(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

/**
 * Answers that a sound installation computes: genuine public keys and signatures of CloudTrail (from AWS's user guide,
 * and from a digest of 2026; the hashes inside the signatures are what the keys recover), a signing string that a key
 * made for this purpose signed, gzip, and the tree of RFC 6962's test vectors.
 */
export const KNOWN_ANSWERS = {
  keys: [
    {
      fingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
      value:
        'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqlzPJbvZJ42UdcmLfPUqXYNfOs6I8lCfao/tOs8CmzPOEdtLWugB9xoIUz78qVHdKIqxbaG4jWHfJBiOSSFBM0lt8cdVo4TnRa7oG9io5pysS6DJhBBAeXsicufsiFJR+wrUNh8RSLxL4k6G1+BhLX20tJkZ/erT97tDGBujAelqseGg3vPZbTx9SMfOLN65PdLFudLP7Gat0Z9p5jw/rjpclKfo9Bfc3heeBxWGKwBBOKnFAaN9V57pOaosCvPKmHd9bg7jsQkI9Xp22IzGLsTFJZYVA3KiTAElDMu80iFXPHEq9hKNbt9e4URFam+1utKVEiLkR2disdCmPTK0VQIDAQAB',
      signatures: [
        {
          signature:
            '50887ccffad4c002b97caa37cc9dc626e3c680207d41d27fa5835458e066e0d3652fc4dfc30937e4d5f4cc7f796e7a258fb50a43ac427f2237f6e505d4efaf373d156e15e3b68dea9f58111d395b62628d6bd367a9024d2183b5c5f6e19466d3a996b92df705bc997b8a0e13430f241d733cf95df4e41bb6c304c3f58363043572ea57a27085639ce187e679c0d81c7519b1184fa77fb7ab0b0e40a32dace6e1eefc3995c5ae182da49b62b26398cebb52a2201a6387b75b89c83e5570bcb9bba6c34a80f2f00a1c6ebe07d1ff149eccd812dc805bb3eeff6657db32a6cb48d2d096404eb76181877bc6ebb8cd0b23f823200155b2fd8848d428e46e8456328a',
          sha256: '4cdaa85fddf1a1a032e5fca5d16d104d1b03f2b31641eff267d877264a44c570',
        },
        {
          signature:
            '82705525fb0fe7f919f9434e5b7138cb41793c776c7414f3520c0242902daa8cc8286b29263d2627f2f259471c745b1654af76e2073264b2510fd45236b3aea4d80c0e8e6455223d7bd54ff80af0edf22a5f14fa856626daec919f0591479aa4f213787ba1e1076328dcf8ff624e03a977fa5612dcf58594c590fd8c1c5b48bddf43fc84ecc00b41bedd0ff7f293c3e2de8dcdc78f98b03e17577f5822ba842399d69eb79921c0429773509520e08c8b518702d987dfbb3a4e5d8c5f17673ce1f989dfff82d4becf24e452f20d3bcac94ad50131f93e57f10155536acb54c60efbe9d57228c2b930bc6082b2318e3ccd36834a8e835b8d112dbf32145f445c11',
          sha256: 'eb6fb72c4f3302de4b4a4693658e3a7bf1d464330eb80399500fe11bf1b7ab00',
        },
      ],
    },
    {
      fingerprint: '28f6b7a258b62ece75008b18eaffc92b',
      value:
        'MIIBCgKCAQEAi3us31jIILNaFjMX/ZHdxnL4NreyP517Chth8FfJoHAaXuh+qgRr5xtlWOwHrluP6EQ63gM9yMxn1hmT37zdbYuMnfjT7SJwBuYRUUmu8yqXFgWd3g8UTo9+gJkGKYP8yF7D6V8/H5l5TIwLNJCSP/G2crj0uq1Pj7ZQhEjIohdQsP7luakNpAUU4QV2XuIfTUb6uVF904u9Jtbb7KogoXdRLi0sP8qxP7ytnWCwXg/eo7Zh/CzgQglR3Qz9mW09MsdPY+y9xjNj05g1+VOpps9U42hPURpYwlrRlQMO5kbBy9AAH3TRz/KO8fIDQxbq2qRFkiNh4UiJHBk9EyFNnQIDAQAB',
      signatures: [
        {
          signature:
            '201fd0a571047997d6405bf8b37af14f1b74b75f47995fb504d9431d5ea6c78566456bc6114325d5fbe6ebf36f3a8504edbca3e8221f02902a858b0924a09828775f03b9c7e19aeab8a7fdb445f202430c6b9caed944f04dda878045a1bb5ba2c43a4e5e84fd84622c67a6d5b7955a99169b99bda4201ead6aaa4452f29225976971c7958252bfca0a668a2608c3640bfdeb64469109dcd2a89c4306f3a65b97792e0d74b23381b66b2f89c1c4f0186aa566af852cc7034fff1ed5576b6c62422a6bd5f358494ee6e5f5506e52a755d1f8d3e6519fdb1ea72ed3937a65967ed46133889f3bc054d4769196dbec5f0701f82ff3ac2eb45a87a5b9f865f0be4c98',
          sha256: '646c1de22673b2a9ee3249a43df66289e83296e2cc9f992aea9c4331ac69862a',
        },
      ],
    },
  ],
  signed: {
    value:
      'MIIBCgKCAQEArEbgpRem0svI3mGnhbDHtve/GMSCTb+Qpf/0DL85+u9Nt5ZLmWLhQEJiW/yvTixWCdsvxMmVgQb5fj0OSCe3BW3wBdMf5/IdXhWj6MgoUAutUsbt/2F6inKXMTRXzmq+Qh29HXsMT7UKO51FbGHaaA6LBFMeXlPcCWOeSvfNyjm4NqxeCJfd1bWDGIka77gu9/STUktjijc7HnMC2Q6qa6gxJ6om1gP6TjJpZxPObqQu1rRBSa1IbaeKCNFsq9wCYsUF7K4YTuQW1es0EV+5h2oxL5W+cEVRoJI++OmIgObirpmw3FGrQAVBPYPWbacap71L/j83BbfNvt4YS28qawIDAQAB',
    text: '2026-11-20T15:01:31Z\nexample-trail-logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/20/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20261120T150131Z.json.gz\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nnull',
    signature:
      '3b2c264f419c65cc12897eb855d811ba79370c3fcb7cf2792466d56dd3e174578a7d4c7a1d25b716122f6cf6588b09b830e99794617a7f3e3acd15a5227b91b9a59159eec83d44cc6a5ddfadaa187afdeac14a82f98da72c96a5ca4093ef086d5a05bea8dc715a491312f6493daa74a1b313b44598fbb55053f33c0ae66b8747fb89ca783d822f0708c15a6b47ffbd07d2bad16531271e9d7562557a8df2f5df87259eaaaa84f2f232c8cf41032c8a3c3666c113025142c9560ea53ba38533f68314e98ae9de076a700beac225f2922c5457a96be2b47bf4dcfb74d9e6750bde145a63f42bd8177212cfb3cacb7b133323d8ae4bd5382c570b88c01d7e271f18',
  },
  gzip: {
    file: 'H4sIAAAAAAAAA6tWCkpNzi9KKVayio6tBQAiCuKWDgAAAA==',
    sha256: '26a792db36a3afba23b1dd277fcc9f15a7313c4a92e4e4cc0494846af345ecff',
  },
  merkle: {
    leaves: [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ],
    root: '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  },
} as const;
