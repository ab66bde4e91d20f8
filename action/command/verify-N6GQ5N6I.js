import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyCommand}from"./chunk-KCBNE5ZM.js";import"./chunk-PBJGGG3S.js";import"./chunk-P3L3OJW5.js";export{verifyCommand};
