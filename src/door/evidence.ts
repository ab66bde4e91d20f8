/** `trail-verify/evidence`: copies of a trail, evidence bags, proofs of one object, and versions that can be recovered. */

export { BagBuilder, type BagFiles, type PayloadFacts, type TagFacts } from '../bag/build.ts';
export {
  type BagCheck,
  type BagCheckOptions,
  bagConclusion,
  checkBag,
  renderBagCheck,
} from '../bag/check.ts';
export type { BagFolderReader } from '../bag/check-files.ts';
export type { BagFacts } from '../bag/rows.ts';
export { type TarEntry, tarPieces } from '../bag/tar.ts';
export { type ErrorCode, TrailVerifyError } from '../base/errors.ts';
export { type CollectOptions, collect } from '../copy/collect.ts';
export { type CopyScope, planCopy } from '../copy/plan.ts';
export { type CopyWriter, type CopyWriterOptions, openCopyWriter } from '../copy/writer.ts';
export {
  type Recovered,
  type RecoveredObject,
  type RecoverRequest,
  recoverVersions,
} from '../history/recover.ts';
export { checkProof, type ProofCheck, type ProofCheckOptions, renderProofCheck } from '../proof/check.ts';
export {
  type EventPlace,
  findEvent,
  makeProof,
  type ProofMaterial,
  type ProofSubject,
} from '../proof/make.ts';
export { formatProof, MOST_PROOF_BYTES, type Proof, readProof } from '../proof/proof.ts';
export type { Problem } from '../report/check.ts';
export { type BagSource, openBag } from '../source/bag/bag-source.ts';
export { type BagFile, type BagFolder, bagFolder } from '../source/bag/index.ts';
export { looksLikeBag } from '../source/bag/look.ts';
export { readVerifyScript } from '../source/given-file.ts';
