import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-MOJJO34V.js";import"./chunk-TNUAS77I.js";import"./chunk-RKSJ4MJE.js";import"./chunk-5Z3J3UNU.js";import"./chunk-4O3NLI5K.js";import"./chunk-6HEJVXG7.js";import"./chunk-CVV7LFEB.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
