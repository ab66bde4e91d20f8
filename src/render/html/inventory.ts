import type { Report } from '../../report/report.ts';
import { formatCount } from '../words.ts';
import { type Content, element } from './markup.ts';
import { commands, factsList, section } from './section.ts';

/** A name that is one word to every shell: a command with another one could do anything. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

/** The inventory of every object that was checked, and the Merkle root that binds it; nothing where there is none. */
export function inventorySection({ objects }: Report): Content {
  if (objects === undefined) return undefined;
  const { inventory, merkle } = objects;
  return section(
    'inventory',
    'Inventory of every object',
    element(
      'p',
      {},
      'The inventory beside the report has a line for each object that was checked: its place, its hashes and its outcome. The root below is in the signed report, so no line can be changed, added or left out unnoticed.',
    ),
    factsList([
      ['File', element('code', {}, inventory.path)],
      ['Lines', formatCount(inventory.lines)],
      ['SHA-256', [element('code', {}, inventory.sha256), ' of its lines, uncompressed']],
      ['Merkle root', element('code', {}, merkle.root)],
      ['Tree', `${merkle.algorithm} over ${formatCount(merkle.size)} leaves; a leaf is ${merkle.leaf}`],
      ['Order', merkle.order],
    ]),
    PLAIN_NAME.test(inventory.path) && [
      element('p', {}, 'Its SHA-256, and a proof for one object that is small enough to mail:'),
      commands(
        `gzip -dc ${inventory.path} | openssl dgst -sha256 -r`,
        'trail-verify prove s3://BUCKET/KEY --report report.json --output proof.json',
        'trail-verify proof verify proof.json --report report.json',
      ),
    ],
  );
}
