import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-2MI3MSZE.js";import"./chunk-YIT6WB7T.js";import"./chunk-ZU3EOIGF.js";import"./chunk-M43APLLN.js";import"./chunk-S3PERPVI.js";import"./chunk-VPDM3GKZ.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
