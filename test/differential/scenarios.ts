/** Scenarios that only the comparison needs: what they show is a mistake of validate-logs, not a finding of ours. */
import { auditTrail, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { DAY, HOUR } from '../../src/base/clock.ts';
import { editContent, plantObject, setMetadata } from '../support/damage.ts';
import { testKey } from '../support/test-keys.ts';

/** The key that signed until 18:06:29 of this day, when its validity ended, and the one that follows it. */
const KEY_THAT_ENDS = testKey('us-east-1-2026-09-12');
const ENDING_DAY = Date.parse('2026-10-12T16:12:37Z');
/** A morning before the key `us-east-1-2026-10-02` came into use at 18:06:29. */
const MORNING = Date.parse('2026-10-02T09:12:37Z');

/** A trail of five hours, nothing wrong. */
export function intactHours(): Scenario {
  const { store, trail } = auditTrail(5);
  return scenarioOf(store, trail);
}

/** A log file of the second hour is changed. */
export function firstHoursModified(): Scenario {
  const { store, trail } = auditTrail(5);
  editContent(store, trail.logAt(2), (text) => text.replace('192.0.2.10', '192.0.2.11'));
  return scenarioOf(store, trail);
}

/** Below a prefix, a log file is changed. */
export function modifiedBelowPrefix(): Scenario {
  const { store, trail } = auditTrail(5, { prefix: 'security/' });
  editContent(store, trail.logAt(3), (text) => text.replace('192.0.2.10', '192.0.2.11'));
  return scenarioOf(store, trail);
}

/** In an organization's trail, a log file is changed. */
export function modifiedInOrganization(): Scenario {
  const { store, trail } = auditTrail(5, { organization: 'o-exampleorgid' });
  editContent(store, trail.logAt(3), (text) => text.replace('192.0.2.10', '192.0.2.11'));
  return scenarioOf(store, trail);
}

/** A signature that is no hexadecimal number. */
export function signatureOfLetters(): Scenario {
  const { store, trail } = auditTrail(5);
  setMetadata(store, trail.digestAt(3), { signature: 'nothexadecimal' });
  return scenarioOf(store, trail);
}

/** A digest is signed by a key that ended hours before its window did, but after the range of keys asked for began. */
export function signedByEndedKey(): Scenario {
  const { store, trail } = auditTrail(3, { startLogging: ENDING_DAY });
  trail.hour({ logs: 2, key: KEY_THAT_ENDS }).hours(2, { logs: 2 });
  return scenarioOf(store, trail);
}

/** A digest is delivered again long after its hour, and signed by the key of that later time. */
export function signedLate(): Scenario {
  const { store, trail } = auditTrail(2, { startLogging: MORNING });
  trail.hour({ logs: 2, key: testKey('us-east-1-2026-10-02') }).hours(2, { logs: 2 });
  return scenarioOf(store, trail, { now: trail.end + DAY, options: { to: trail.end } });
}

/** A digest, soundly signed and linked, that has no list of log files. */
export function withoutLogFiles(): Scenario {
  const { store, trail } = auditTrail(2);
  const edit = ({ logFiles, ...fields }: Record<string, unknown>): Record<string, unknown> => {
    if (logFiles === undefined) throw new Error('there is no list to leave out');
    return fields;
  };
  trail.hour({ logs: 0, edit }).hours(2, { logs: 2 });
  return scenarioOf(store, trail);
}

/** An object below the account that CloudTrail did not write, by default among the log files of a day. */
export function misfitName(place = 'CloudTrail/us-east-1/2026/10/05/evil.json.gz'): Scenario {
  const { store, trail } = auditTrail(5);
  const key = `AWSLogs/111122223333/${place}`;
  plantObject(store, { bucket: 'example-trail-logs', key }, Buffer.from('{"Records":[]}'), trail.end - HOUR);
  return scenarioOf(store, trail);
}

/** A second trail of the same folders stopped hours ago; a log file that neither lists lies ten hours later, which the first covers. */
export function plantedBesideStoppedTrail(): Scenario {
  const { store, trail } = auditTrail(14);
  auditTrail(4, { store, trail: 'second' });
  const { startTime, endTime } = trail.digestAt(12);
  trail.undigested([{}], startTime, endTime);
  return scenarioOf(store, trail);
}
