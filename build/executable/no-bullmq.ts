/** Stands in for `bullmq` in the single executable, which has no packages next to it: loading it fails, as where it is not installed. */
throw new Error('BullMQ is not part of this executable');
