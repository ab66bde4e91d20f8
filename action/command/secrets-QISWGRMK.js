import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{askingAt,readPassphrase,readSecret}from"./chunk-TDGCWCWC.js";import"./chunk-44CMAJ2X.js";import"./chunk-P3L3OJW5.js";export{askingAt,readPassphrase,readSecret};
