import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{askingAt,readPassphrase,readSecret}from"./chunk-7XBOO2K2.js";import"./chunk-BY3EXSSP.js";import"./chunk-P3L3OJW5.js";export{askingAt,readPassphrase,readSecret};
