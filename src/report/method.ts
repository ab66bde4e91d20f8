import type { MethodRecord } from './examination.ts';

/** The method of every report of this version, step by step. A change of a step is a new id. */
export const METHOD: MethodRecord = {
  id: 'trail-verify/digest-chain/1',
  reference:
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html',
  steps: [
    'List the digest files of every account, Region and trail in scope, and the digests next to the window on either side.',
    'Walk each chain from its newest digest to its oldest, along the links that digests carry.',
    'Inflate each digest strictly (one gzip member, its check sum and length right), refuse JSON keys that stand twice, and compute the SHA-256 of its content.',
    "Verify the digest's signature (RSASSA-PKCS1-v1_5, SHA-256) with the public key of CloudTrail whose fingerprint it names, over the end of its window, its place, its content hash and the previous signature.",
    'Compare place, content hash and signature of each digest with what its successor records of it.',
    'Count as covered only time that a proven digest speaks for, and name the reason for every stretch that none does.',
    'Inflate each log file that a proven digest names, and compare the SHA-256 of its content with the one that the digest records.',
    'List the log folders of the days covered, and name every log file that no proven digest lists.',
    'Compare the chains found with what must be there, as far as that is known.',
    'Conclude: INVALID where a finding contradicts signed evidence, INCONCLUSIVE where one leaves something unproven, VALID otherwise.',
  ],
};
