import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-VNHR54ML.js";import"./chunk-S3PERPVI.js";import"./chunk-VPDM3GKZ.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
