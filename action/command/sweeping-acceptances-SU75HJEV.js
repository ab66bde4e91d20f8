import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-MPTLKY3T.js";import"./chunk-KEQRH5OZ.js";import"./chunk-UUBSHXJV.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
