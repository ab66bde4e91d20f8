import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-MUEZPPCU.js";import"./chunk-RSBUREJF.js";import"./chunk-HMBUD7U5.js";import"./chunk-E53RLO7U.js";import"./chunk-EDPUYMK2.js";import"./chunk-GR7KIK23.js";import"./chunk-ON3BVF57.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
