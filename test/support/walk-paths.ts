import type { Worker } from 'node:worker_threads';
import type { Source } from '../../src/source/source.ts';
import type { FromWalker, ToWalker } from '../../src/walking/contract.ts';
import { type OpenWalker, openWalker, type WalkerOptions } from '../../src/walking/walk-threads.ts';
import type { AwsServer } from './aws-server/start.ts';
import { startWalkThread } from './bundled-threads.ts';

/** A walker whose threads start with the first chain. Throws where there is none by these options. */
export function walkersAtOnce(options: WalkerOptions): OpenWalker {
  const walker = openWalker({ after: 0, start: startWalkThread, ...options });
  if (walker === undefined) throw new Error('there is no walker of that kind');
  return walker;
}

const DIGEST = /\/CloudTrail-Digest\/.*\.gz$/;

/** The source, and how many digests it has opened itself. */
export function digestOpens(source: Source): { readonly source: Source; readonly opens: () => number } {
  let opens = 0;
  const open: Source['open'] = (ref, options) => {
    if (DIGEST.test(ref.key)) opens += 1;
    return source.open(ref, options);
  };
  return { source: { ...source, open }, opens: () => opens };
}

/** How often a server was asked for digests, whoever asked. */
export function digestReads({ requests }: AwsServer): number {
  return requests.filter(({ operation, key = '' }) => operation === 'GetObject' && DIGEST.test(key)).length;
}

/** A thread, with what it sends and what it is sent. */
export function watched(
  onMessage: (message: FromWalker, worker: Worker) => void,
  onSend: (message: ToWalker) => void = () => {},
): NonNullable<WalkerOptions['start']> {
  return (settings) => {
    const worker = startWalkThread(settings);
    worker.on('message', (message: FromWalker) => onMessage(message, worker));
    const send = worker.postMessage.bind(worker);
    worker.postMessage = (message: ToWalker) => {
      onSend(message);
      send(message);
    };
    return worker;
  };
}
