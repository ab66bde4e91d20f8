import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-KOAWZ3L3.js";import"./chunk-GLOXLVIJ.js";import"./chunk-OAS7GKPD.js";import"./chunk-WHKNPVY4.js";import"./chunk-VVWOPITH.js";import"./chunk-JNYRUBWW.js";import"./chunk-HI7CAMIR.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
