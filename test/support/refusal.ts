/**
 * How AWS refused a request, as `status name`, such as `404 NoSuchKey`. Throws where the request was granted, or
 * failed without an answer. HEAD answers have no body, so their name is derived from the status.
 */
export async function refusal(sent: Promise<unknown>): Promise<string> {
  const error = await sent.then(
    () => Promise.reject(new Error('granted, where a refusal was expected')),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !('$metadata' in error)) throw error;
  const metadata = error.$metadata;
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
  return `${status ? metadata.httpStatusCode : 'no status'} ${error.name}`;
}
