import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-GOP6C2HI.js";import"./chunk-LGG7GCTX.js";import"./chunk-MVWUFXPR.js";import"./chunk-IUEYCYJF.js";import"./chunk-PDTWEQHS.js";import"./chunk-FLZO62AG.js";import"./chunk-DC7FR66H.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
