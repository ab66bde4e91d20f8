import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{refuseSweeping,sweepingAcceptances}from"./chunk-EOKHXAOE.js";import"./chunk-BGB5VV24.js";import"./chunk-GV3WGXRB.js";import"./chunk-P3L3OJW5.js";export{refuseSweeping,sweepingAcceptances};
