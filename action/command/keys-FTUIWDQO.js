import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-CNWHV4ND.js";import"./chunk-LJ65WSYZ.js";import"./chunk-GFRGTQ7Q.js";import"./chunk-LZVBZGCF.js";import"./chunk-WH2KRLEA.js";import"./chunk-D6XMMFSY.js";import"./chunk-J5WJ27JI.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
