/** The parts of node-forge that read DER and PEM; the whole of it takes longer to load than a run's keys to check. */
declare module 'node-forge/lib/asn1.js' {
  import { asn1 } from 'node-forge';
  export default asn1;
}

declare module 'node-forge/lib/pem.js' {
  import { pem } from 'node-forge';
  export type ObjectPEM = pem.ObjectPEM;
  export default pem;
}

declare module 'node-forge/lib/util.js' {
  import { util } from 'node-forge';
  export default util;
}
