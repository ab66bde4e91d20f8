import type { Weight } from './finding.ts';

/** The words for one finding code. `weight` is the usual one; where evidence decides, `heavier` says what makes it a violation. */
export interface CatalogueEntry {
  readonly weight: Weight;
  readonly heavier?: string;
  readonly lighter?: string;
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
}
