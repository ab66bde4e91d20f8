import { EventEmitter } from 'node:events';

/** Stands in for a thread: takes everything, answers nothing, and ends when it is asked to. */
export class SilentThread extends EventEmitter {
  threadId = 1;

  postMessage(message: object): void {
    if (!('end' in message)) return;
    this.threadId = -1;
    this.emit('exit', 0);
  }

  ref(): void {}
  unref(): void {}
}
