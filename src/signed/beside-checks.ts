import { checkFurtherFindings } from './check-further-findings.ts';
import { checkInventory } from './check-inventory.ts';
import type { BesideCheck } from './check-report.ts';

/** Every check of what a report says about the files beside it, in the order in which they are made. */
export const BESIDE_CHECKS: readonly BesideCheck[] = [checkInventory, checkFurtherFindings];
