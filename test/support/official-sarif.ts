/**
 * OASIS's own schema of SARIF 2.1.0 (errata 01), which is not part of this repository: `sarif-schema-2.1.0.json` from the folder
 * `sarif-2.1/schema` of OASIS's repository sarif-spec, next to the checkout or where the variable says.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';

const BESIDE = fileURLToPath(new URL('../../../shared/data/sarif-schema-2.1.0.json', import.meta.url));
const FILE = process.env.TRAIL_VERIFY_SARIF_SCHEMA ?? BESIDE;
const isThere = existsSync(FILE);
if (!isThere)
  console.log('OASIS schema of SARIF is not here (TRAIL_VERIFY_SARIF_SCHEMA): skipped, ours alone is used');

function compile() {
  // Draft 4, of which it uses nothing that later drafts read in another way but the name of its own address.
  const { $schema: _, id: $id, ...schema } = JSON.parse(readFileSync(FILE, 'utf8'));
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile({ $id, ...schema });
}

const validate = isThere ? compile() : undefined;

/** What OASIS's schema finds wrong with a log; nothing where the schema is not here. */
export function officialSarifErrors(log: unknown): readonly unknown[] {
  if (validate === undefined || validate(log)) return [];
  return validate.errors ?? ['no reason given'];
}
