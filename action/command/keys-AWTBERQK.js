import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-AQE5CUGI.js";import"./chunk-L6HFGRQQ.js";import"./chunk-2QZCU5IR.js";import"./chunk-4533AIQG.js";import"./chunk-AEH2PRYH.js";import"./chunk-3WVMR3AP.js";import"./chunk-EIRLTXDF.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
