import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{askingAt,readPassphrase,readSecret}from"./chunk-5DS56CDW.js";import"./chunk-HCHUSPNR.js";import"./chunk-P3L3OJW5.js";export{askingAt,readPassphrase,readSecret};
