import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

const file = new URL('../schemas/ocsf-1.6.0.schema.json', import.meta.url);
const validate = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
}).compile(JSON.parse(readFileSync(file, 'utf8')));

/** What is wrong with an event by the schema of OCSF 1.6.0; empty where nothing is. */
export function ocsfErrors(event: unknown): readonly object[] {
  validate(event);
  return validate.errors ?? [];
}
