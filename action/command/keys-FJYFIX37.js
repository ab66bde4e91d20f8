import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-Q6HU76Q5.js";import"./chunk-42T5V3MK.js";import"./chunk-PZ6OHYHQ.js";import"./chunk-JI5ESDDZ.js";import"./chunk-CMBH5ZGP.js";import"./chunk-L7VDA54Q.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
