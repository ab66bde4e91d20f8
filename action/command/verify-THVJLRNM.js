import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyCommand}from"./chunk-3MG5CNZD.js";import"./chunk-X2GWDN5U.js";import"./chunk-P3L3OJW5.js";export{verifyCommand};
