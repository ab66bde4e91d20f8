/** A thread that reads digests: batches come as messages, answers go back as one text, which is quicker than objects. */
import { parentPort } from 'node:worker_threads';
import { readBuffer } from '../source/object-file.ts';
import { DigestAnswers, type LearnedKey, tasksOf } from './digest-answer.ts';

/** What is sent: a key to know from now on, or the digests of a batch (see `textOf`). */
export type DigestMessage = { readonly learn: LearnedKey } | { readonly tasks: string };

/** What comes back for each batch, in the order of batches. */
export interface DigestsRead {
  /** `DigestAnswer[]` as JSON. */
  readonly answers: string;
  /** How long its files took to come, in microseconds: the one in the middle, for any may have had to wait for a processor. */
  readonly typicalRead: number;
}

const reader = new DigestAnswers({ object: readBuffer(), sidecar: readBuffer() });
parentPort?.on('message', (message: DigestMessage) => {
  if ('learn' in message) reader.learn(message.learn);
  else {
    const answers = JSON.stringify(tasksOf(message.tasks).map((task) => reader.answer(task)));
    parentPort?.postMessage({ answers, typicalRead: reader.typicalRead() } satisfies DigestsRead);
  }
});
