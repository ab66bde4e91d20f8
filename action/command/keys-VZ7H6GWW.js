import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-LHODV2CI.js";import"./chunk-CPKXNZRE.js";import"./chunk-VCJOMKXN.js";import"./chunk-3AXSEYNG.js";import"./chunk-WXIBSNRS.js";import"./chunk-23GOW2QB.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
