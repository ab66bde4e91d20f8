/** Bytes of objects held at once, over all readers together. */
export interface ByteBudget {
  /** A reader's share, empty at first. */
  hold(): ByteHold;
}

/** What one reader holds. */
export interface ByteHold {
  /**
   * Resolves when there is room for `bytes`, which are then held in place of what this reader held before. In the order
   * of calls; more than the whole budget is let in alone.
   */
  readonly take: (bytes: number) => Promise<void>;
  /** Gives everything back; again is harmless. */
  readonly release: () => void;
}

/** A budget of so many bytes. */
export function byteBudget(capacity: number): ByteBudget {
  let held = 0;
  const waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  const hasRoom = (bytes: number): boolean => held === 0 || held + bytes <= capacity;
  const giveBack = (bytes: number): void => {
    held -= bytes;
    for (let next = waiting[0]; next !== undefined && hasRoom(next.bytes); next = waiting[0]) {
      waiting.shift();
      held += next.bytes;
      next.enter();
    }
  };
  return {
    hold: () => {
      let own = 0;
      const release = (): void => {
        const bytes = own;
        own = 0;
        if (bytes > 0) giveBack(bytes);
      };
      return {
        release,
        take: async (bytes) => {
          release();
          if (waiting.length === 0 && hasRoom(bytes)) held += bytes;
          else await new Promise<void>((enter) => waiting.push({ bytes, enter }));
          own = bytes;
        },
      };
    },
  };
}
