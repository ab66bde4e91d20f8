/** Whether Node takes any certificate for good: it does with exactly this value, at the moment of each connection. */
export function acceptsAnyCertificate(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment.NODE_TLS_REJECT_UNAUTHORIZED === '0';
}
