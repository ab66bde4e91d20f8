/** A trail whose log files take long to hash and little room: all hold the same two megabytes. */
import { auditTrail, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { DeliveredLog } from './test-digest.ts';

const CONTENT = Buffer.alloc(2_000_000, '{"Records":[]} ');

/** `hours` hours of a trail, each with so many log files. */
export function busyTrail(hours: number, logs: number): Scenario {
  const { store, trail } = auditTrail();
  trail.hour({ logs: [{ content: CONTENT }] });
  const model = trail.logAt(-1);
  const bytes = store.get(model.bucket, model.key)?.bytes ?? new Uint8Array();
  const deliver = (number: number): DeliveredLog => {
    const at = trail.end + Math.floor((number * HOUR) / (logs + 1));
    const time = isoTime(at - (at % (5 * MINUTE)));
    const name = String(number).padStart(16, 'A');
    const key = model.key.replace(
      /\d{4}\/\d\d\/\d\d\/(.*_)\d{8}T\d{4}Z_.*$/,
      (_, stem) =>
        `${isoTime(at).slice(0, 10).replaceAll('-', '/')}/${stem}${time.slice(0, 16).replace(/[-:]/g, '')}Z_${name}.json.gz`,
    );
    store.put(model.bucket, key, bytes, { lastModified: at });
    return { ...model, key, deliveredAt: at };
  };
  for (let hour = 0; hour < hours; hour += 1)
    trail.hour({ logs: 0, alsoListed: Array.from({ length: logs }, (_, number) => deliver(number)) });
  return scenarioOf(store, trail);
}
