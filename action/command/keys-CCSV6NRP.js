import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-CHRHOSLD.js";import"./chunk-XUKQOVJO.js";import"./chunk-BA7OP65J.js";import"./chunk-5M625TRD.js";import"./chunk-3G47EK5G.js";import"./chunk-JIKYCRSY.js";import"./chunk-FC5XITJV.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
