/**
 * The files that may lie around `data/` in a bag: those that this tool writes there, and no others. The manifest of these files is
 * not signed, so that a name alone shows what somebody added; `verify.sh` has the same list.
 */
export const BAG_TAG_FILES: ReadonlySet<string> = new Set([
  'CERTIFICATION.md',
  'VERIFY.md',
  'bag-info.txt',
  'bagit.txt',
  'further-findings.jsonl.gz',
  'inventory.jsonl.gz',
  'manifest-sha256.txt',
  'report.csv',
  'report.html',
  'report.json',
  'report.json.p7s',
  'report.json.p7s.tsr',
  'report.junit.xml',
  'report.md',
  'report.ocsf.jsonl',
  'report.sarif',
  'report.sigstore.json',
  'tagmanifest-sha256.txt',
  'verify.sh',
]);

/** Whether a file of a bag, by its path in it, has a place there: in the payload, or by its name around it. */
export function hasPlaceInBag(path: string): boolean {
  return path.startsWith('data/') || BAG_TAG_FILES.has(path);
}
