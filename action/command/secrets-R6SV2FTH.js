import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{askingAt,readPassphrase,readSecret}from"./chunk-KCBNE5ZM.js";import"./chunk-PBJGGG3S.js";import"./chunk-P3L3OJW5.js";export{askingAt,readPassphrase,readSecret};
