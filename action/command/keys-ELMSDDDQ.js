import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-XYS5MBBS.js";import"./chunk-N2X2TDPQ.js";import"./chunk-DJGXHYHZ.js";import"./chunk-IBIZMLRD.js";import"./chunk-JJOM5XHV.js";import"./chunk-UOGMIC7W.js";import"./chunk-P4VJPDHN.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
