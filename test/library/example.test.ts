import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { tamperedObjects } from './example.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));

test("the README's example runs and names exactly the tampered objects", async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { build, outcome } = await loadScenario('tampered');
  const found = await tamperedObjects(
    at('tampered/copy'),
    at('keys/public-keys.jsonl'),
    new Date(build().now),
  );
  const { CHAIN_ENDS_EARLY, LOG_UNLISTED, ...violations } = outcome.objects;
  expect(CHAIN_ENDS_EARLY?.length).toBe(1);
  expect(LOG_UNLISTED?.length).toBe(1);
  expect([...found].sort()).toEqual(Object.values(violations).flat().sort());
  expect(told).toHaveBeenLastCalledWith('INVALID', expect.stringMatching(/^2026-10-05T16:12:37Z$/));
  told.mockRestore();
});
