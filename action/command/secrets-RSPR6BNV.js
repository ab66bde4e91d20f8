import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{askingAt,readPassphrase,readSecret}from"./chunk-FLZO62AG.js";import"./chunk-DC7FR66H.js";import"./chunk-P3L3OJW5.js";export{askingAt,readPassphrase,readSecret};
