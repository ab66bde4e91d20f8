import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyCommand}from"./chunk-R5ZTYRLY.js";import"./chunk-VZGWWELC.js";import"./chunk-P3L3OJW5.js";export{verifyCommand};
